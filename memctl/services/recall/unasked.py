"""Which memories nobody anticipated a query for, as the search cache knows it.

On the hot path: imports nothing but os and hot modules.
"""

import time

from memctl.services.recall.lexical import open_index

NAMED = 5
"""Memories that one line can name."""


def without_queries(
    directory: str, limit: int = NAMED, now: "float | None" = None
) -> "tuple[list[str], int]":
    """The names of at most `limit` memories without anticipated queries, the newest first, and how many
    there are in all. What has expired or is superseded needs none.

    Costs a listing and one look at the cache; files are read only where they changed since. Raises OSError
    when the directory cannot be read.
    """
    moment = time.time() if now is None else now
    cache = open_index(directory, moment)
    try:
        where = (
            "from docs where superseded = '' and (expires = 0 or expires > ?)"
            " and key not in (select key from queries) and 'doc:' || id not in (select key from queries)"
        )
        count: int = cache.db.execute(f"select count(*) {where}", (moment,)).fetchone()[0]
        ask = f"select file {where} order by modified desc, file limit ?"
        files = [file for (file,) in cache.db.execute(ask, (moment, limit))]
        return [_stem(file) for file in files], count
    finally:
        cache.close()


def _stem(file: "str | bytes") -> str:
    import os

    return os.fsdecode(file)[:-3]
