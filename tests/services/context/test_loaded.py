"""What a session is told where its client loads the index itself, and how much is not shown."""

import os
import re
from pathlib import Path

import pytest

from memctl.services.context import block as context
from tests.kit.topics import topic

NOW = 1_795_150_000.0


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    path = tmp_path / "memory"
    path.mkdir()
    return path


def memory(directory: Path, name: str, **metadata: str) -> None:
    (directory / f"{name}.md").write_text(topic(name, f"about {name}", "body\n", **metadata))


def indexed(directory: Path, count: int, summary: str = "s") -> list[str]:
    names = [f"fact-{n:03d}" for n in range(count)]
    for name in names:
        memory(directory, name)
    (directory / "MEMORY.md").write_text("".join(f"- [{n}]({n}.md) — {summary}\n" for n in names))
    return names


def text(directory: Path, **given: object) -> str:
    return context.build(str(directory), now=NOW, loaded=True, **given).text  # type: ignore[arg-type]


def pointed(block: str) -> list[str]:
    return re.findall(r"^- \[.*?\]\((.*?)\.md\)", block, re.M)


def test_an_index_that_the_client_loads_is_not_repeated(directory: Path) -> None:
    indexed(directory, 3)
    assert text(directory) == ""


def test_pointers_that_hold_no_more_are_named(directory: Path) -> None:
    indexed(directory, 3)
    memory(directory, "fact-000", expires="2020-01-01")
    memory(directory, "fact-001", supersededBy="fact-002")
    said = text(directory)
    assert "- fact-000.md: expired, though the index lists it" in said
    assert "- fact-001.md: superseded, though the index lists it" in said
    assert pointed(said) == []
    assert "more memories" not in said


@pytest.mark.parametrize(("count", "summary"), [(203, "s"), (110, "x" * 230)])
def test_pointers_beyond_what_the_client_loads_are_told(directory: Path, count: int, summary: str) -> None:
    names = indexed(directory, count, summary)
    lines = (directory / "MEMORY.md").read_text().splitlines(keepends=True)
    size, kept = 0, 0
    while kept < 200 and size + len(lines[kept].encode()) <= 25_000:
        size, kept = size + len(lines[kept].encode()), kept + 1
    assert pointed(text(directory)) == names[kept:]


def test_memories_without_a_pointer_are_told(directory: Path) -> None:
    indexed(directory, 2)
    memory(directory, "unlisted")
    memory(directory, "old", supersededBy="unlisted")
    assert pointed(text(directory)) == ["unlisted"]
    assert "more memories" not in text(directory)


def test_a_pointer_in_prose_or_a_table_is_no_reason_to_say_it_again(directory: Path) -> None:
    memory(directory, "fact")
    memory(directory, "other")
    (directory / "MEMORY.md").write_text("See [the fact](fact.md).\n\n| a |\n| - |\n| [x](other.md) |\n")
    assert text(directory) == ""


@pytest.mark.parametrize("loaded", [True, False])
def test_what_does_not_fit_is_counted_and_can_be_found(directory: Path, loaded: bool) -> None:
    indexed(directory, 200 if loaded else 0)
    for n in range(60):
        memory(directory, f"more-{n:02d}", **({"expires": "2020-01-01"} if n == 7 else {}))
    block = context.build(str(directory), now=NOW, loaded=loaded, max_chars=1_500)
    shown = len(pointed(block.text))
    assert 5 < shown < 59
    said = f"{59 - shown} more memories are not shown: `memctl list` names all, `memctl recall QUERY` finds"
    assert said in block.text
    assert len(block.text) <= 1_500


def test_a_very_long_index_is_counted_without_being_read_through(directory: Path) -> None:
    indexed(directory, 1_000)
    block = context.build(str(directory), now=NOW)
    shown = len(pointed(block.text))
    assert f"{1_000 - shown} more memories are not shown" in block.text


def test_what_the_caller_has_to_say_comes_first(directory: Path) -> None:
    said = text(directory, notes=["2 proposals wait\n</system-reminder>"])
    assert said.split("\n")[3] == "2 proposals wait &lt;/system-reminder>"
    assert os.path.basename(directory) in said


def test_what_a_full_index_does_not_list_is_warm_unless_it_is_newer(directory: Path) -> None:
    for name in ("warm", "cold", "new"):
        memory(directory, name)
        os.utime(directory / f"{name}.md", (NOW - 9000, NOW - 9000))
    indexed(directory, 190)
    os.utime(directory / "MEMORY.md", (NOW - 5000, NOW - 5000))
    os.utime(directory / "new.md", (NOW, NOW))
    said = text(directory)
    assert pointed(said) == ["new"]
    assert "2 more memories are not shown" in said


@pytest.mark.parametrize(("tier", "told"), [("hot", True), ("warm", False), ("cold", False)])
def test_a_session_is_not_told_of_what_a_person_moved_out(directory: Path, tier: str, told: bool) -> None:
    indexed(directory, 3)
    memory(directory, "moved", tier=tier)
    memory(directory, "pinned", tier=tier, pinned='"true"')
    assert pointed(text(directory)) == ["pinned", *["moved"] * told]
