"""Likeness of meaning by static word vectors: the optional extra `memctl-cli[semantic]`.

The wheel of wordllama carries a table of 32 000 token vectors and a tokenizer; the mean of a text's vectors
says roughly what it is about, across paraphrases and, roughly, across languages. The table is mapped into
memory and read here directly: importing the package costs a quarter of a second, sets up logging, and looks
for files on the network.

A memory has one vector for its header and one for every stretch of its body (with the header in front);
they are cached by fingerprint next to the search cache. Nothing here is imported unless it is asked for.
"""

import json
import os
import sqlite3
from functools import cache as once
from importlib.util import find_spec
from typing import Any

from memctl import places
from memctl.format import summary
from memctl.store.disk import files
from memctl.store.search.cache import Cache, Row
from memctl.store.search.database import connect

Vectors = Any
"""An array of float32, a vector a row; numpy comes with the extra, so its types cannot be named here."""

WEIGHT = 1.5
"""What a full likeness adds, in units of the best lexical score; anything from 0.5 to 2 ranks as well."""

LIKE_ENOUGH = 0.28
"""Likeness from which a memory is returned although no word speaks for it. What is about something else stays
below; a text in another language seldom gets above 0.35."""

STRETCH = 128
"""Tokens of one stretch of a body, about a paragraph."""

BODY_MAX = 6000
"""Characters of a body that are looked at."""

_WEIGHTS = ("weights", "l2_supercat_256.safetensors")
_TOKENIZER = ("tokenizers", "l2_supercat_tokenizer_config.json")
_BATCH = 256


def available() -> bool:
    """Whether the extra is installed, with the files that are read here."""
    root = _root()
    return root is not None and all(
        os.path.isfile(os.path.join(root, *part)) for part in (_WEIGHTS, _TOKENIZER)
    )


def _root() -> str | None:
    if find_spec("numpy") is None or find_spec("tokenizers") is None:
        return None
    found = find_spec("wordllama")
    return next(iter(found.submodule_search_locations or ()), None) if found else None


def likeness(cache: Cache, directory: str, query: str, vectors_path: str) -> dict[int, float]:
    """Id of every memory -> its likeness to `query`, from -1 to 1. {} for a query without any token.

    Vectors that are not cached yet are made, which takes about 0.2 ms a memory, and kept at `vectors_path`
    when that can be written.
    """
    import numpy as np

    wanted = _model().embed([query])[0]
    if not wanted.any():
        return {}
    rows = cache.newest()
    kept = _kept(vectors_path)
    missing = [row for row in rows if row[8] not in kept]
    if missing:
        made = _embed(directory, missing)
        _keep(vectors_path, made, {row[8] for row in rows})
        kept.update(made)
    counts = [len(kept[row[8]]) // (2 * _model().width) for row in rows]
    table = np.frombuffer(b"".join(kept[row[8]] for row in rows), dtype=np.float16)
    alike = table.reshape(-1, _model().width).astype(np.float32) @ wanted
    found: dict[int, float] = {}
    at = 0
    for row, count in zip(rows, counts, strict=True):
        stretches = alike[at + 1 : at + count]
        found[row[0]] = float(alike[at] + stretches.max()) / 2
        at += count
    return found


class _Model:
    """The table of token vectors and the tokenizer."""

    def __init__(self, root: str) -> None:
        import numpy as np
        from tokenizers import Tokenizer

        path = os.path.join(root, *_WEIGHTS)
        with open(path, "rb") as handle:
            size = int.from_bytes(handle.read(8), "little")
            entry = json.loads(handle.read(size))["embedding.weight"]
        self.table = np.memmap(
            path,
            dtype=np.float16,
            mode="r",
            offset=8 + size + entry["data_offsets"][0],
            shape=tuple(entry["shape"]),
        )
        self.width = int(entry["shape"][1])
        self.tokenizer = Tokenizer.from_file(os.path.join(root, *_TOKENIZER))
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()

    def tokens(self, texts: list[str]) -> list[list[int]]:
        """Token ids of each text."""
        clean = [text.encode("utf-8", "replace").decode() for text in texts]
        return [found.ids for found in self.tokenizer.encode_batch(clean, add_special_tokens=False)]

    def mean(self, ids: list[int]) -> "Vectors":
        """The normalised mean vector of `ids`; zero for none."""
        import numpy as np

        if not ids:
            return np.zeros(self.width, np.float32)
        found = self.table[ids].astype(np.float32).mean(axis=0)
        return np.asarray(found / max(float(np.linalg.norm(found)), 1e-9), np.float32)

    def embed(self, texts: list[str]) -> "list[Vectors]":
        """One vector per text."""
        return [self.mean(ids) for ids in self.tokens(texts)]


@once
def _model() -> _Model:
    root = _root()
    if root is None:
        raise ModuleNotFoundError("the extra memctl-cli[semantic] is not installed")
    return _Model(root)


def _embed(directory: str, rows: list[Row]) -> dict[str, bytes]:
    """Fingerprint -> the vectors of header and stretches, one after the other, as 16-bit floats."""
    made: dict[str, bytes] = {}
    model = _model()
    for at in range(0, len(rows), _BATCH):
        batch = rows[at : at + _BATCH]
        heads = model.tokens([f"{row[2]}. {row[3]}" for row in batch])
        bodies = model.tokens([_body(directory, row[1])[:BODY_MAX] for row in batch])
        for row, head, body in zip(batch, heads, bodies, strict=True):
            stretches = [head + body[i : i + STRETCH] for i in range(0, max(1, len(body)), STRETCH)]
            made[row[8]] = _pack([model.mean(head), *map(model.mean, stretches)])
    return made


def _pack(vectors: "list[Vectors]") -> bytes:
    import numpy as np

    return bytes(np.stack(vectors).astype(np.float16).tobytes())


def _body(directory: str, file: str) -> str:
    try:
        raw, _ = files.read_regular(os.path.join(directory, file))
    except OSError:
        return ""
    return summary.read(raw, file, 0.0).body


def _kept(path: str) -> dict[str, bytes]:
    """What is cached at `path`; nothing when that is missing, damaged or no plain file."""
    try:
        if os.lstat(path).st_mode & 0o170000 != 0o100000:
            return {}
        db = connect(path)
    except (OSError, sqlite3.Error):
        return {}
    try:
        found: dict[str, Any] = dict(db.execute("select fingerprint, vectors from kept").fetchall())
        return {key: value for key, value in found.items() if _is_whole(value)}
    except sqlite3.Error:
        return {}
    finally:
        db.close()


def _is_whole(value: object) -> bool:
    size = 2 * _model().width
    return isinstance(value, bytes) and len(value) >= 2 * size and len(value) % size == 0


def _keep(path: str, made: dict[str, bytes], alive: set[str]) -> None:
    """Add vectors to the cache at `path` and drop those of contents that are gone; best effort."""
    try:
        places.make_private(os.path.dirname(path))
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        db = connect(path)
    except (OSError, sqlite3.Error):
        return
    try:
        db.execute("begin immediate")
        db.execute(
            "create table if not exists kept(fingerprint text primary key, vectors blob) without rowid"
        )
        db.executemany("insert or replace into kept values (?, ?)", made.items())
        gone = [
            (key,) for (key,) in db.execute("select fingerprint from kept").fetchall() if key not in alive
        ]
        db.executemany("delete from kept where fingerprint = ?", gone)
        db.execute("commit")
    except sqlite3.DatabaseError:
        os.unlink(path)  # derived data: made again next time
    finally:
        db.close()
