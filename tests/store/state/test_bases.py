"""One memory for memctl and Claude Code: which folder is used, whatever stands where."""

import itertools
import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from memctl import places
from memctl.hooks import targets
from memctl.store.disk import files
from memctl.store.state import bases
from memctl.store.state.resolve import Place, resolve, slug

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "places.md"
STATES = {
    "memories": ("memories",),
    "nothing": ("nothing",),
    "any": ("memories", "nothing"),
    "without": ("made", "wired", "nothing"),
    "made or wired": ("made", "wired"),
}


def rows() -> Iterator[tuple[str, ...]]:
    """The table of the page with every word spelled out, each with both kinds of another folder."""
    table = PAGE.read_text().split("### One folder with Claude Code", 1)[1].split("\n\n", 3)[2]
    for line in table.splitlines()[2:]:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        kinds = ("usual", "earlier") if cells[1] != "nothing" else ("usual",)
        for states in itertools.product(*(STATES[cell] for cell in cells[:3]), kinds):
            yield (*states, *cells[3:])


class Machine:
    """A home with the three folders in which memories of one project may stand."""

    def __init__(self, root: Path, other: str, monkeypatch: pytest.MonkeyPatch) -> None:
        home = Path(os.environ["HOME"])
        self.root, name = root, slug(str(root))
        away = home / "away"
        self.config = away if other == "usual" else home / ".claude"
        self.folders = {
            "Claude Code's": self.config / "projects" / name / "memory",
            "the other": (home / ".claude" if other == "usual" else away) / "projects" / name / "memory",
            "memctl's own": home / ".local" / "share" / "memctl" / "projects" / name / "memory",
        }
        if other == "usual":
            monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(away))
        else:
            bases.remember(name, str(root), str(self.folders["the other"]))

    def put(self, folder: str, state: str) -> None:
        if state == "wired":
            self.config.mkdir(parents=True, exist_ok=True)
            settings = self.config / "settings.json"
            settings.write_text(json.dumps({"hooks": {"Stop": [entry(targets.command("claude-code"))]}}))
        elif state != "nothing":
            self.folders[folder].mkdir(parents=True)
            if state == "memories":
                (self.folders[folder] / "fact.md").write_text("A fact.\n")

    def said(self, place: Place) -> str:
        if place.others():
            return "two places"
        if not place.wanted:
            return ""
        assert place.wanted == str(self.folders["Claude Code's"])
        return "moves" if place.directory == str(self.folders["memctl's own"]) else "stays"


def entry(command: str) -> dict[str, object]:
    return {"hooks": [{"type": "command", "command": command, "timeout": 10}]}


@pytest.mark.parametrize(("now", "other", "own", "kind", "used", "said"), list(rows()))
def test_the_table_of_the_page_says_which_folder_is_used(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    now: str,
    other: str,
    own: str,
    kind: str,
    used: str,
    said: str,
) -> None:
    machine = Machine(tmp_path, kind, monkeypatch)
    for folder, state in zip(machine.folders, (now, other, own), strict=True):
        machine.put(folder, state)
    place = resolve(str(tmp_path))
    assert place.directory == str(machine.folders[used])
    assert machine.said(place) == said


COMMANDS = {
    targets.command("claude-code"): True,
    "memctl hook claude-code": True,
    "/usr/bin/python3 -m memctl hook claude-code SessionStart": True,
    "otherctl hook claude-code": False,
    "memctl hook codex": False,
}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_hooks_are_known_by_the_bytes_of_their_command(command: str) -> None:
    for indent in (None, 2):
        text = json.dumps({"hooks": {"SessionStart": [entry(command)]}}, indent=indent)
        assert bases.has_hook(text.encode()) is COMMANDS[command]


def test_a_permission_that_names_the_hook_is_no_hook() -> None:
    settings = {
        "permissions": {"allow": ["Bash(memctl hook claude-code:*)", 'Bash(echo "command": memctl)']},
        "hooks": {"Stop": [entry("say done")]},
    }
    assert not bases.has_hook(json.dumps(settings).encode())


def test_hooks_in_a_projects_own_settings_decide_nothing(tmp_path: Path) -> None:
    before = resolve(str(tmp_path)).directory
    for name in ("settings.json", "settings.local.json"):
        file = tmp_path / ".claude" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps({"hooks": {"Stop": [entry(targets.command("claude-code"))]}}))
    assert resolve(str(tmp_path)).directory == before


def test_a_folder_that_somebody_named_is_used_whatever_else_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(tmp_path, "usual", monkeypatch)
    for folder in machine.folders:
        machine.put(folder, "memories")
    monkeypatch.setenv("MEMCTL_HOME", str(tmp_path / "mine"))
    place = resolve(str(tmp_path))
    assert place.directory.startswith(str(tmp_path / "mine"))
    assert (place.others(), place.wanted) == ([], "")


def test_one_folder_under_two_names_is_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = Machine(tmp_path, "usual", monkeypatch)
    machine.put("Claude Code's", "memories")
    (Path(os.environ["HOME"]) / ".claude").symlink_to(machine.config)
    assert resolve(str(tmp_path)).others() == []


def test_two_projects_of_one_slug_are_remembered_apart(tmp_path: Path) -> None:
    bases.remember("-p", "/a", "/x")
    bases.remember("-p", "/b", "/y")
    bases.remember("-p", "/a", "/z")
    assert [bases.remembered("-p", root) for root in ("/a", "/b", "/c")] == ["/z", "/y", ""]


def test_projects_of_one_slug_that_are_remembered_at_once_are_all_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = files.read_regular

    def slowly(*arguments: Any) -> Any:
        time.sleep(0.02)
        return read(*arguments)

    bases.remember("-p", "/first", "/x")
    monkeypatch.setattr(files, "read_regular", slowly)
    roots = [f"/{number}" for number in range(4)]
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda root: bases.remember("-p", root, "/x"), roots))
    assert [root for root in ("/first", *roots) if bases.remembered("-p", root) != "/x"] == []


def test_what_is_remembered_of_many_projects_is_never_half_a_path(tmp_path: Path) -> None:
    places.make_private(os.path.dirname(bases._record("-p")))
    long = "/" + "x" * 3000
    Path(bases._record("-p")).write_text("".join(f"/{number}\t{long}\n" for number in range(400)))
    bases.remember("-p", "/new", "/y")
    assert {bases.remembered("-p", f"/{number}") for number in range(400)} == {long, ""}
    assert (bases.remembered("-p", "/new"), bases.remembered("-p", "/399")) == ("/y", long)
