"""In which tier each memory of a directory is."""

from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from memctl.domain.proposal import TIERS
from memctl.domain.relation import COLD, HOT, WARM
from memctl.errors import Damaged
from memctl.format import drift
from memctl.format import index as text_of
from memctl.store.memory.memories import MemoryStore
from memctl.store.state import standings


def tiers(store: MemoryStore, files: Iterable[str]) -> dict[str, str]:
    """The tier of each of `files`; where the index cannot be read, no memory is hot."""
    text = ""
    with suppress(Damaged):
        text = store.index_text() or ""
    listed = {pointer.file for pointer in text_of.pointers(text)}
    return {file: _tier(store.directory, file, file in listed) for file in files}


def _tier(directory: str, file: str, is_listed: bool) -> str:
    if standings.moved(directory, file) == COLD:
        return COLD
    return HOT if is_listed else WARM


def count(store: MemoryStore) -> dict[str, Any]:
    """Memories in each tier, and how much of its room the index takes. Raises Damaged as the index does."""
    found = Counter(tiers(store, [entry[0] for entry in store.listing()[0]]).values())
    size = drift.budget(store.index_text() or "")
    return {
        "tiers": {name: found[name] for name in TIERS},
        "index": {
            "lines": size.lines,
            "lines_max": drift.LINES_MAX,
            "bytes": size.bytes,
            "bytes_max": drift.BYTES_MAX,
            "over_budget": size.cut_line is not None,
        },
    }
