"""Words of software that stand for one another (`ship`, `deploy`, `release`), from a table that comes with
memctl (`bench/neighbours.py` makes it): some 70 groups of stems, a line each, read at each look.

On the hot path: imports nothing but os.
"""

import os

TABLE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data", "neighbours.txt")

_SIZE_MAX = 64 * 1024


def near(stems: list[str]) -> "dict[str, list[str]]":
    """Stem -> the other stems of its groups, of those of `stems` that are in any.

    Nothing when the table cannot be read: recall works without it.
    """
    try:
        table = os.open(TABLE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return {}
    try:
        groups = os.read(table, _SIZE_MAX).decode("utf-8", "replace").split("\n")
    except OSError:
        return {}
    finally:
        os.close(table)
    found: dict[str, list[str]] = {}
    for group in map(str.split, groups):
        for stem in stems:
            if stem in group:
                found.setdefault(stem, []).extend(other for other in group if other != stem)
    return found
