"""Which pointers may leave the index, and what it costs to know."""

from pathlib import Path

import pytest

from memctl.domain.change import Change, Write
from memctl.format import drift
from memctl.store.state import standings
from memctl.store.write.apply import apply
from tests.kit.topics import topic, write_topic

NOW = 1_790_000_000.0


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMCTL_STATE_DIR", str(tmp_path / "state"))


@pytest.mark.parametrize(
    ("said", "may"),
    [
        ("the colour of the crane", True),
        ("The Colour of the…", True),
        ("", True),
        ("crane: `teal`, since 2024", True),
        ("my favourite crane", False),
        ("the colour of the crane since 2023", False),
    ],
)
def test_what_a_person_worded_stays(memory_dir: Path, said: str, may: bool) -> None:
    write_topic(memory_dir, "crane", "The colour of the crane", "Teal since 2024.")
    found = list(standings.order(str(memory_dir), NOW)({("crane.md", said)}))
    assert found == ["crane.md"] * may


@pytest.mark.parametrize(
    "metadata", [{"pinned": '"true"'}, {"tier": "hot"}, {"pinned": "yes", "tier": "cold"}]
)
def test_what_a_person_put_there_stays(memory_dir: Path, metadata: dict[str, str]) -> None:
    write_topic(memory_dir, "crane", "The colour of the crane", **metadata)
    assert list(standings.order(str(memory_dir), NOW)({("crane.md", "the colour")})) == []


def test_what_cannot_be_read_stays(memory_dir: Path) -> None:
    (memory_dir / "real").write_text(topic("real"))
    (memory_dir / "link.md").symlink_to(memory_dir / "real")
    (memory_dir / "folder.md").mkdir()
    given = {(file, "") for file in ("gone.md", "link.md", "folder.md", "a/b.md")}
    assert list(standings.order(str(memory_dir), NOW)(given)) == []


def test_a_secret_that_was_blotted_out_of_a_line_makes_it_no_persons(memory_dir: Path) -> None:
    write_topic(memory_dir, "ci", "The token is abc123")
    order = standings.order(str(memory_dir), NOW, lambda text: text.replace("abc123", "[redacted]"))
    assert list(order({("ci.md", "The token is [redacted]")})) == ["ci.md"]


def test_a_save_into_a_full_index_reads_what_the_index_lists_however_many_there_are(
    memory_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["# Memory", ""]
    for number in range(1000):
        write_topic(memory_dir, f"fact-{number:04d}", f"about {number}")
        lines += [f"- [Fact](fact-{number:04d}.md) — about {number}"] * (number < drift.LINES_MAX - 2)
    (memory_dir / "MEMORY.md").write_text("\n".join(lines) + "\n")
    read, head = [], standings._head
    monkeypatch.setattr(standings, "_head", lambda path: read.append(path) or head(path))
    done = apply(str(memory_dir), Change("save", (Write("new.md", topic("new").encode()),)), now=NOW)
    assert done.left == ("fact-0000.md",)
    assert len(read) == drift.LINES_MAX - 1
