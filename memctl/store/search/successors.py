"""Which memory replaces which, as ids of the search cache: looked up once, while it is brought up to date."""

import os

from memctl.store.search.database import sqlite3


def link(db: sqlite3.Connection) -> None:
    """Note on every superseded row the id of the memory that its header names; 0 where there is none.

    A name means what it means on a command line: the file, its last part, or the name in the header, each
    without regard to case; several answers are none. Raises sqlite3.Error; commits nothing.
    """
    named = db.execute("select id, superseded, successor from docs where superseded != ''").fetchall()
    if not named:
        return
    wanted = {fold(name.removesuffix(".md")) for _, name, _ in named}
    tables = _answering(db, wanted)
    changed = []
    for doc, name, before in named:
        name = fold(name.removesuffix(".md"))
        ids = next((table[name] for table in tables if name in table), [])
        found = ids[0] if len(ids) == 1 and ids[0] != doc else 0
        if found != before:
            changed.append((found, doc))
    db.executemany("update docs set successor = ? where id = ?", changed)


def _answering(db: sqlite3.Connection, wanted: set[str]) -> tuple[dict[str, list[int]], ...]:
    """What memories answer to, as far as it is `wanted`, the strongest first: whole path, last part of it,
    name in the header."""
    whole: dict[str, list[int]] = {}
    last: dict[str, list[int]] = {}
    header: dict[str, list[int]] = {}
    for doc, file, name in db.execute("select id, file, name from docs"):
        stem = fold(os.fsdecode(file)[:-3])
        for table, said in ((whole, stem), (last, stem.rsplit("/", 1)[-1]), (header, fold(name))):
            if said in wanted:
                table.setdefault(said, []).append(doc)
    return whole, last, header


def fold(name: str) -> str:
    """`name` without regard to case and normal form."""
    if name.isascii():
        return name.lower()
    import unicodedata  # most names need none of it

    return unicodedata.normalize("NFC", name).casefold()
