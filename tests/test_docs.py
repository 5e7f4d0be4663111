"""What the documentation names is there, so that it cannot outlive what it speaks of."""

import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
DESIGN = (ROOT / "docs" / "design.md").read_text()
ROOMS = dict(re.findall(r"^\| ((?:`[a-z/]+`(?:, )?)+) \| (.+) \|$", DESIGN, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_of_tests_and_benchmarks_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"`(?:python )?((?:tests|bench|docs|examples)/[\w/.-]+)", page.read_text())
    assert [name for name in named if not (ROOT / name.rstrip(".")).exists()] == []


def test_every_room_is_in_the_design() -> None:
    there = {
        str(init.parent.relative_to(ROOT / "memctl"))
        for init in (ROOT / "memctl").rglob("__init__.py")
        if any(path.name != "__init__.py" for path in init.parent.glob("*.py"))
    } - {"."}
    named = {room.rstrip("/") for rooms in ROOMS for room in re.findall(r"`([a-z/]+)`", rooms)}
    assert there - named == {
        "services",
        "agents/clients",
        "agents/dialects",
        "agents/transcripts",
    }  # named with what is in them


@pytest.mark.parametrize("rooms", ROOMS)
def test_every_module_that_the_design_names_stands_in_its_room(rooms: str) -> None:
    folders = [ROOT / "memctl" / room.rstrip("/") for room in re.findall(r"`([a-z/]+/)`", rooms)]
    names = re.findall(r"`([a-z_]+)`", ROOMS[rooms])
    elsewhere = {"json", "memctl", "examine", "write", "unguarded"}
    missing = [n for n in names if n not in elsewhere and not any((f / f"{n}.py").exists() for f in folders)]
    assert not folders or missing == []


@pytest.mark.parametrize("name", ["list", "recall"])
def test_the_pictures_show_a_terminal_as_it_is_today(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "docs")
    generate = importlib.import_module("generate")
    file = f"pictures/{name}-80.svg"
    drawn, there = (
        generate.picture(name, generate.PICTURES[name], 80),
        (ROOT / "docs" / file).read_text("utf-8"),
    )
    assert generate.shown(drawn, file) == generate.shown(there, file), "run python docs/generate.py"
    assert "url(" not in re.sub(r"url\(#[^)]*\)", "", there), "it loads nothing"
