"""A command that a message names means the memories that the message is about."""

import re
import shlex
from pathlib import Path

from memctl.cli import hints
from memctl.cli.app import VERBS
from tests.kit.cli import Memctl
from tests.kit.topics import topic
from tests.kit.warm import Warm

COMMANDS = (
    "save 'Lamps are on at dusk' --name lamp", "save 'Lamps are on at dusk now' --name lamp", "undo", "undo 99", "redo",
    "redo 99", "mv deploy ship", "forget ship", "restore ship", "restore ship", "restore nosuch", "diff nosuch", "diff @~99",
    "show ship --at 1999-01-01", "index --check", "doctor", "doctor --fix", "search ''", "review --accept 0123456789",
    "enrich", "extract /nonexistent", "project adopt", "config set approval x", "hooks install nosuch", "list", "init",
)  # fmt: skip


def named(text: str) -> list[str]:
    """Every command of memctl in `text`, from its name on."""
    return re.findall(rf"\bmemctl (?:{'|'.join(map(re.escape, VERBS))}|-)[^\n]*", text)


def test_every_command_that_a_message_names_has_the_options_of_the_run(tmp_path: Path, warm: Warm) -> None:
    work, place = tmp_path / "at work", tmp_path / "it's here"
    for folder in (work, place):
        folder.mkdir()
    (place / "deploy.md").write_text(topic("deploy", "Deploys happen on Tuesdays"))
    memctl = Memctl(tmp_path, warm=warm)
    given = ["-C", work.name, "--dir", str(place)]
    said = ""
    for number, command in enumerate(COMMANDS):
        words = shlex.split(command)
        done = memctl(*([*words, *given] if number % 2 else [*given, *words]), code=None)
        said += done.err + (done.out if words[0] in ("doctor", "index") else "")
    found = [command for command in named(said) if "--help" not in command]
    assert len(found) > 15, said
    options = f"-C {shlex.quote(work.name)} --dir {shlex.quote(str(place))}"
    assert [command for command in found if not command.startswith(f"memctl {options} ")] == []


def test_without_such_options_a_command_is_named_as_it_is(memctl: Memctl) -> None:
    assert "undo with: memctl undo\n" in memctl("save", "Lamps are on at dusk").err


def test_the_options_of_a_verb_and_of_its_sub_verb_are_joined() -> None:
    hints.begin(VERBS)
    hints.given("a b", None)
    hints.given("c", "/d")
    assert hints.carry("use `memctl config set`, or memctl-other") == (
        "use `memctl -C 'a b/c' --dir /d config set`, or memctl-other"
    )
    assert hints.carry("memctl undo\n+memctl undo") == "memctl -C 'a b/c' --dir /d undo\n+memctl undo"
    hints.begin(VERBS)
    assert hints.carry("memctl undo") == "memctl undo"


def test_what_a_message_quotes_stays_byte_for_byte(tmp_path: Path, warm: Warm) -> None:
    """A diff shows what the file says, which may speak of memctl too."""
    memctl, place = Memctl(tmp_path, warm=warm), tmp_path / "here"
    place.mkdir()
    for name in ("lamp", "door"):
        memctl("save", f"The {name} is new", "--name", name, "--dir", str(place))
    memctl("forget", "lamp", "door", "--dir", str(place))
    for name in ("lamp", "door"):
        (place / f"{name}.md").write_text(topic(name, "by hand", "Try it\nand memctl undo it\n"))
    done = memctl("undo", "--dir", str(place), code=None)
    assert "door.md, lamp.md were changed outside memctl" in done.err
    assert "memctl undo it" in done.err
    assert re.findall(r"^[-+]and .*", done.err, re.MULTILINE) in (
        ["-and memctl undo it"] * 2,
        ["+and memctl undo it"] * 2,
    )
    assert f"hint: memctl --dir {place} restore NAME" in done.err
