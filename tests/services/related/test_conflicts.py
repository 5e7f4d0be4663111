"""Which pairs of a folder are told as conflicts."""

from pathlib import Path

import pytest

from memctl.format import topic
from memctl.services.related.conflicts import SERIES, conflicts
from memctl.store.memory.memories import MemoryStore


@pytest.mark.parametrize(
    ("count", "told"), [(SERIES - 1, True), (SERIES, False)], ids=["values", "numbered things"]
)
def test_things_that_are_numbered_do_not_disagree_with_each_other(
    tmp_path: Path, count: int, told: bool
) -> None:
    for number in range(1, count + 1):
        said = topic.encode(f"n-{number}", f"Numbered fact {number}", f"It is {number * 7}.\n", {})
        (tmp_path / f"n-{number}.md").write_bytes(said)
    for name, value in (("old", "3000"), ("new", "4000")):
        said = topic.encode(name, f"The orders service listens on port {value}", f"Port {value}.\n", {})
        (tmp_path / f"{name}.md").write_bytes(said)
    found = conflicts(MemoryStore(str(tmp_path)), 1_790_000_000.0)
    pairs = [{one.later.stem, one.earlier.stem} for one in found]
    assert {"old", "new"} in pairs
    assert any("n-1" in pair for pair in pairs) == told
