"""Makes `memctl/data/neighbours.txt`: the groups of `bench/software.txt`, as the search index has their words.

    python bench/neighbours.py

`software.txt` was written for memctl: words of software that stand for one another, a group a line. Nothing of
any memory folder goes in.
"""

import sqlite3
from pathlib import Path

from memctl.store.search.database import TOKENIZER

GROUPS = Path(__file__).parent / "software.txt"
OUT = Path(__file__).parent.parent / "memctl" / "data" / "neighbours.txt"


def stems(words: list[str]) -> list[str]:
    """What the index's tokenizer makes of each word."""
    db = sqlite3.connect(":memory:")
    db.execute(f"create virtual table q using fts5(w, content='', columnsize=0, tokenize='{TOKENIZER}')")
    db.execute("create virtual table v using fts5vocab(q, instance)")
    db.executemany("insert into q(rowid, w) values (?, ?)", enumerate(words))
    found = dict(db.execute("select doc, term from v"))
    return [found.get(at, word) for at, word in enumerate(words)]


def table() -> str:
    """The text of the table: a group of stems a line."""
    groups = [dict.fromkeys(stems(line.split())) for line in GROUPS.read_text().splitlines()]
    return "".join(" ".join(group) + "\n" for group in groups)


if __name__ == "__main__":
    OUT.write_text(table())
