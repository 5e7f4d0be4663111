"""A change that could not be written is kept, reported, applied later or thrown away; it holds up no other."""

from pathlib import Path

import pytest

from memctl.domain.change import Change, Write
from memctl.store.write import journal
from tests.kit.cli import Memctl
from tests.kit.topics import topic


@pytest.fixture
def kept(memctl: Memctl, memory_dir: Path) -> list[str]:
    """Two saves that the system refused, the first of which fits no more: its name was taken meanwhile."""
    for name in ("bees", "ants"):
        change = Change("save", (Write(f"{name}.md", topic(name, f"a fact about {name}").encode()),))
        entry = journal.new(change, 1_700_000_000.0)
        journal.put(str(memory_dir), entry, journal.SPOOL)
    (memory_dir / "bees.md").write_text(topic("bees", "by hand", "By hand.\n"))
    repairs = {f["message"]: f["repair"] for f in memctl("doctor", "--json", code=1).json["findings"]}
    found = [
        repair.split("--drop-kept ")[1].split()[0] for said, repair in repairs.items() if "is kept" in said
    ]
    assert len(found) == 2
    return found


def test_one_that_fits_no_more_holds_up_no_other(memctl: Memctl, memory_dir: Path, kept: list[str]) -> None:
    memctl("doctor", "--fix", code=None)
    assert "ants" in (memory_dir / "ants.md").read_text()
    assert "By hand." in (memory_dir / "bees.md").read_text()
    assert "is kept in" in memctl("list").err
    for entry in kept:
        memctl("doctor", "--drop-kept", entry, code=None)
    assert "is kept in" not in memctl("list").err
