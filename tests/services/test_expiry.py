"""One rule for what is expired: every reader of a memory says the same, to the very moment."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from memctl.domain import times
from memctl.services import counts
from memctl.services.context import block
from memctl.services.doctor import relations
from memctl.services.doctor.examination import look
from memctl.services.recall import lexical
from memctl.services.recall import trace as why
from memctl.services.recall.explanation import explain
from memctl.services.write import draft
from memctl.store.memory.memories import MemoryStore
from tests.kit.topics import write_topic

QUERY = "zebra stripes"


def _listed(directory: str, now: float) -> bool:
    """`memctl list --stale`, and the model's manifest of a small directory."""
    return bool(lexical.headers(directory, now=now).hits[0].stale(now))


def _recalled(directory: str, now: float) -> bool:
    return not lexical.recall(directory, QUERY, now=now).hits


def _candidates(directory: str, now: float) -> bool:
    return not lexical.candidates(directory, QUERY, now=now).hits


def _explained(directory: str, now: float) -> bool:
    return explain(directory, QUERY, now=now).files["z.md"]["stage"] == "expired"


def _traced(directory: str, now: float) -> bool:
    store = MemoryStore(directory)
    ask = why.Ask(query=QUERY, selector="lexical")
    stages = why.trace(store, ask, lambda: pytest.fail("no model is asked"), "z", now).stages
    return ("current", False) in [stage[:2] for stage in stages]


def _index_lines(directory: str, now: float) -> bool:
    """What the session's start hook and `memctl context` show."""
    return "(z.md)" not in block.build(directory, now=now).text


def _made_index(directory: str, now: float) -> bool:
    """The same where there is no index yet."""
    os.rename(f"{directory}/MEMORY.md", f"{directory}/aside")
    try:
        return _index_lines(directory, now)
    finally:
        os.rename(f"{directory}/aside", f"{directory}/MEMORY.md")


def _doctor(directory: str, now: float) -> bool:
    return any(finding.id == "stale.expired" for finding in relations.check(look(directory, now)))


def _counted(directory: str, now: float) -> bool:
    return bool(counts.counts(MemoryStore(directory), now)["stale"])


def _warned(directory: str, now: float) -> bool:
    """`memctl save` of what is over already."""
    expires = MemoryStore(directory).find("z").metadata["expires"]
    request = draft.Request(text="It is teal.", name="crane", expires=expires, now=now)
    said = draft.draft(MemoryStore(directory), request).warnings
    return any("which has passed" in warning for warning in said)


READERS = (_listed, _recalled, _candidates, _explained, _traced, _index_lines, _made_index, _doctor, _counted,
           _warned)  # fmt: skip


@pytest.mark.parametrize("expires", ["2026-11-20", "2026-11-20T02:31:58.282Z", "1965-03-04"])
@pytest.mark.parametrize("is_over", READERS)
def test_every_reader_agrees_on_the_moment(
    is_over: Callable[[str, float], bool], expires: str, memory_dir: Path
) -> None:
    write_topic(memory_dir, "z", "zebra stripes", expires=expires)
    (memory_dir / "MEMORY.md").write_text("- [Z](z.md) — zebra stripes\n")
    end = times.end_of(expires)
    assert not is_over(str(memory_dir), end - 0.001)
    assert is_over(str(memory_dir), end)
    assert is_over(str(memory_dir), end + 0.001)


def test_a_superseded_memory_is_superseded_even_when_it_has_expired_too(memory_dir: Path) -> None:
    write_topic(memory_dir, "z", "zebra stripes", expires="2020-01-01", supersededBy="y")
    (memory_dir / "MEMORY.md").write_text("- [Z](z.md) — zebra stripes\n")
    lines = block.build(str(memory_dir), now=1.8e9).lines
    assert [line.reason for line in lines] == ["superseded"]
    assert lexical.headers(str(memory_dir)).hits[0].stale(1.8e9) == "superseded by y"


def test_an_expiry_far_down_in_a_long_header_counts(memory_dir: Path) -> None:
    asked = "".join(f"    - how are the stripes of zebra number {n} counted\n" for n in range(150))
    (memory_dir / "z.md").write_text(
        f"---\nname: z\ndescription: zebra stripes\nmetadata:\n  anticipated:\n{asked}"
        "  expires: 2020-01-01\n---\nbody\n"
    )
    (memory_dir / "MEMORY.md").write_text("- [Z](z.md) — zebra stripes\n")
    assert _index_lines(str(memory_dir), 1.8e9)
