"""What a user of git, gh and ripgrep expects of a command line: words of other tools, prefixes, exit codes for
`&&`, names that end in NUL, hints that can be pasted."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from memctl.errors import MemctlError
from memctl.services.recall import expression
from tests.kit.cli import Memctl
from tests.kit.terminal import Terminal
from tests.kit.topics import topic

LONG = "the-production-database-of-the-orders-service-in-frankfurt-and-dublin"


@pytest.fixture
def three(memctl: Memctl, memory_dir: Path) -> Memctl:
    """Three memories: one's name is a prefix of no other, two begin alike."""
    (memory_dir / "deploy-window.md").write_text(
        topic(
            "deploy-window", "Deploys go out Tuesday to Thursday", "Never on a Friday.\n\n**Why:** on-call.\n"
        )
    )
    (memory_dir / "deploy-key.md").write_text(
        topic("deploy-key", "The deploy key is in the vault", "Ask ops.\n")
    )
    (memory_dir / "prefer-pnpm.md").write_text(topic("prefer-pnpm", "pnpm, never npm", "pnpm!\n", "feedback"))
    return memctl


def content(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}


def hinted(said: str) -> list[str]:
    """The words of the one command that an error's hint or an undo line names."""
    (command,) = re.findall(r"(?:hint|(?:undo|back) with): memctl (.*)", said)
    return shlex.split(command)


@pytest.mark.parametrize(
    ("typed", "verb"),
    [
        (["add", "The crane is red"], "save"),
        (["rm", "prefer-pnpm"], "forget"),
        (["delete", "prefer-pnpm"], "forget"),
        (["rename", "prefer-pnpm", "use-pnpm"], "mv"),
        (["ls", "-t", "feedback"], "list"),
        (["grep", "-e", "v(au|ea)lt"], "search"),
    ],
)
def test_the_words_of_other_tools_lead_to_the_verb(three: Memctl, typed: list[str], verb: str) -> None:
    told = hinted(three(*typed, code=2).err)
    assert told == [verb, *typed[1:]]
    assert three(*told).out


@pytest.mark.parametrize("words", [("help",), ("help", "save"), ("save", "--help")])
def test_help_that_is_cut_off_is_no_failure(memctl: Memctl, words: tuple[str, ...]) -> None:
    """As in `memctl help | head -1`, whose reader is gone before anything is written."""
    reading, writing = os.pipe()
    os.close(reading)
    line = [sys.executable, "-m", "memctl", *words]
    with os.fdopen(writing, "wb") as pipe:
        done = subprocess.run(
            line, stdout=pipe, stderr=subprocess.PIPE, env=memctl.environment(), cwd=memctl.cwd
        )
    assert (done.returncode, done.stderr) == (0, b"")


def test_help_is_a_word_too(memctl: Memctl) -> None:
    assert memctl("help", "save").out == memctl("save", "--help").out
    assert memctl("help", "hooks", "install").out == memctl("hooks", "install", "--help").out
    assert memctl("help", "rename").out == memctl("mv", "--help").out
    everything = memctl("help").out
    assert everything.rstrip() == memctl("--help").out.rstrip()
    assert hinted(memctl("rm", "--help", code=2).err) == ["forget", "--help"]
    assert memctl("help", "nosuch", code=2).out == ""
    programs = everything[everything.index("Called by programs") :]
    assert all(f" {verb} " in programs for verb in ("hook", "tool", "mcp")), "out of the way, at the end"
    assert "default: project" in " ".join(memctl("save", "--help").out.replace("│", " ").split())


@pytest.mark.parametrize(
    ("asks", "finds"),
    [
        (["recall", "zebra unicorn"], ["recall", "pnpm"]),
        (["search", "zebra"], ["search", "vault"]),
        (["list", "--type", "user"], ["list"]),
        (["context", "--for", "zebra unicorn"], ["context", "--for", "pnpm"]),
        (["review", "--list"], None),
        (["conflicts"], None),
        (["transcripts"], None),
        (["session", "list"], None),
        (["session", "search", "zebra"], None),
    ],
)
def test_nothing_found_is_exit_1_where_it_is_asked_for(
    three: Memctl, asks: list[str], finds: list[str] | None
) -> None:
    bare = re.compile('nonce="[0-9a-f]+"|mory [0-9a-f]+>')
    assert bare.sub("", three(*asks, "--fail-empty", code=1).out) == bare.sub("", three(*asks).out)
    assert three(*asks, "--fail-empty", "--json", code=1).json["schema"] == 1
    if finds:
        three(*finds, "--fail-empty")


def test_an_empty_history_is_nothing_found(memctl: Memctl) -> None:
    memctl("log", "--fail-empty", code=1)
    memctl("save", "The crane is red")
    memctl("log", "--fail-empty")


def test_the_beginning_of_a_name_is_enough_where_one_alone_has_it(three: Memctl, memory_dir: Path) -> None:
    assert three("path", "PREF").lines == [str(memory_dir / "prefer-pnpm.md")]
    assert "never npm" in three("show", "pre").out
    several = three("show", "deploy", code=3)
    assert "say which: deploy-key, deploy-window" in several.err
    assert "taken for" not in three("show", "prefer-pnpm").err
    assert "pref is taken for prefer-pnpm" in three("mv", "pref", "use-pnpm").err
    three("forget", "deploy-w")
    assert not (memory_dir / "deploy-window.md").exists()
    assert "memctl restore deploy-window" in three("show", "deploy-window", code=3).err
    three("restore", "deploy")  # deploy-key is not forgotten
    assert (memory_dir / "deploy-window.md").exists()
    three("forget", "deploy-key", "deploy-window")
    assert "could be deploy-key.md, deploy-window.md" in three("restore", "deploy", code=3).err
    three("restore", "DEPLOY-W", "deploy-k")
    for name in ("", "nosuch", "../prefer"):
        three("show", name, code=3)


def test_what_is_gone_stands_for_no_other_name(three: Memctl, memory_dir: Path) -> None:
    three("save", "The window is green", "--name", "prefer")
    three("forget", "prefer")
    three("forget", "prefer", code=3)
    three("forget", "PREFER", code=3)
    (memory_dir / "old").mkdir()
    (memory_dir / "old" / "pref.md").write_text(topic("pref", "The window is red", "Red.\n"))
    three("forget", "pref")
    three("forget", "Pref", code=3)
    assert (memory_dir / "prefer-pnpm.md").exists()


def test_erasing_for_good_says_which_name_was_taken(three: Memctl, memory_dir: Path) -> None:
    three("save", "The crane is red", "--name", "crane-color")
    refused = three("forget", "--for-good", "crane", code=5)
    assert "crane is taken for crane-color" in refused.err
    assert "crane is taken for crane-color" in three("forget", "--for-good", "--yes", "-q", "crane").err
    assert not (memory_dir / "crane-color.md").exists()


@pytest.mark.parametrize("asks", [["list", "-t", "feedback"], ["search", "never npm"], ["recall", "pnpm"]])
def test_paths_end_in_nul_where_they_shall(three: Memctl, memory_dir: Path, asks: list[str]) -> None:
    assert three(*asks, "-0").raw == bytes(memory_dir / "prefer-pnpm.md") + b"\0"


def test_a_type_narrows_what_is_found(three: Memctl, memory_dir: Path) -> None:
    assert len(three("search", "deploy").lines) > 1
    assert three("search", "deploy", "-t", "feedback").lines == []
    assert three("recall", "deploy key pnpm", "-t", "feedback").lines == [str(memory_dir / "prefer-pnpm.md")]
    assert three("search", "-l", "deploy", "--type", "project").lines == [
        str(memory_dir / "deploy-key.md"), str(memory_dir / "deploy-window.md")
    ]  # fmt: skip


def test_a_search_takes_a_regular_expression(three: Memctl, memory_dir: Path) -> None:
    assert three("search", "go out .* to").out == "", "without -e it stands for itself"
    for option in ("-e", "-E", "--regex"):
        assert [line.partition(":")[2] for line in three("search", option, r"^never\b.*day\.$").lines] == [
            "7: Never on a Friday."
        ]
    assert three("search", "-e", "(?-i:never on)").out == ""
    assert len(three("search", "-e", r"\bask|vault$", "-l").lines) == 1
    assert "is no regular expression" in three("search", "-e", "a(", code=2).err
    assert three("search", "a(").out == ""


def test_a_hostile_expression_is_given_up() -> None:
    hostile = expression.compiled("(a+)+$")

    def looked(text: str) -> Callable[[Callable[[], object]], bool]:
        return lambda begin: begin() is not None and bool(hostile.search(text))

    assert expression.bounded(looked("aaa")) is True
    with pytest.raises(MemctlError, match="given up") as refused:
        expression.bounded(looked("a" * 60 + "!"), limit=0.05)
    assert (refused.value.code, refused.value.slug) == (1, "deadline")
    with pytest.raises(MemctlError, match=f"more than {expression.MEMORY >> 20} MiB") as refused:
        expression.bounded(lambda begin: len(bytearray(2 * expression.MEMORY)))
    assert refused.value.slug == "deadline"


def test_recall_gives_whole_texts_where_they_are_asked_for(three: Memctl) -> None:
    said = three("recall", "when do deploys go out", "--body").out
    assert "\n  Never on a Friday.\n\n  **Why:** on-call.\n" in said
    first = three("recall", "when do deploys go out", "--body", "--json").json["memories"][0]
    assert first["body"] == "Never on a Friday.\n\n**Why:** on-call.\n"
    assert "body" not in three("recall", "when do deploys go out", "--json").json["memories"][0]
    three("recall", "deploys", "--body", "-0", code=2)


def test_an_empty_query_says_so(memctl: Memctl) -> None:
    for query in ("", "  \n"):
        assert "the query is empty" in memctl("recall", query, code=2).err
    assert "no query" in memctl("recall", code=2).err


def test_a_save_is_one_line(memctl: Memctl, memory_dir: Path) -> None:
    done = memctl("save", "The crane is red", "--name", "crane")
    assert done.lines == [str(memory_dir / "crane.md")]
    assert done.err == "memctl: created crane (project); undo with: memctl undo\n"
    assert memctl("save", "-q", "The gate is grey", "--name", "gate").err == ""
    with Terminal(
        ["save", "The ferry is blue", "--name", "ferry"], memctl.cwd, memctl.environment()
    ) as shown:
        assert shown.code() == 0
        assert shown.text == "created ferry (project); undo with: memctl undo\n"


UNDOABLE = (
    "mv prefer-pnpm use-pnpm", "forget prefer-pnpm deploy-key", "tier prefer-pnpm cold",
    "conflicts deploy-key deploy-window --as replace", "doctor --fix", "review --accept all",
)  # fmt: skip


@pytest.mark.parametrize("command", UNDOABLE)
def test_an_undo_line_takes_back_just_that(three: Memctl, memory_dir: Path, command: str) -> None:
    if command.startswith("review"):
        said = "User: Always use tabs for indentation.\n\nAssistant: ok\n\nUser: Never push to the main branch.\n"
        names = [line.split("\t")[0] for line in three("extract", "-", stdin=said).lines]
        assert len(names) == 2
        command = "review --accept " + " --accept ".join(names)
        for name in names:
            three("review", "--show", name)
    three("index")
    (memory_dir / "MEMORY.md").write_text((memory_dir / "MEMORY.md").read_text() + "- [Gone](gone.md) — x\n")
    three("log")  # records what was changed by hand
    before = content(memory_dir)
    done = three(*shlex.split(command), code=None)
    assert content(memory_dir) != before
    redo = hinted(three(*hinted(done.err)).err)
    assert content(memory_dir) == before
    three(*redo)
    assert content(memory_dir) != before


def test_a_list_marks_what_is_not_as_usual_and_cuts_no_name(three: Memctl, memory_dir: Path) -> None:
    three("save", "It is in Frankfurt", "--name", LONG, "--pin", "--expires", "30d")
    three("conflicts", "deploy-key", "deploy-window", "--as", "replace")
    three("index")
    rows = {one["name"]: one for one in three("list", "--json").json["memories"]}
    assert rows[LONG]["pinned"]
    assert rows[LONG]["expires"]
    assert not rows["prefer-pnpm"]["pinned"]
    env = {**three.environment(), "COLUMNS": "80"}
    with Terminal(["list"], three.cwd, env) as shown:
        assert shown.code() == 0
        lines = shown.text.splitlines()
    first = {
        line.split()[-1] if LONG in line else line.split()[1]: line.split()[0]
        for line in lines
        if line[0] != " "
    }
    assert first == {LONG: "expiring", "deploy-window": "replaced"}
    assert re.search(r"until \d{4}-\d\d-\d\d, pinned", shown.text)
    assert all(len(line) <= 80 for line in lines)


def test_a_pager_takes_what_is_longer_than_the_screen(three: Memctl, memory_dir: Path) -> None:
    for number in range(60):
        (memory_dir / f"fact-{number:02}.md").write_text(topic(f"fact-{number:02}", "d"))
    three("list", "-q")
    env = {**three.environment(), "MEMCTL_PAGER": "head -n 3", "PAGER": "false"}
    for arguments, count in ((["list"], 3), (["list", "--no-pager"], 63), (["list", "-n", "40"], 40)):
        with Terminal(arguments, three.cwd, env) as shown:
            assert shown.code() == 0
        assert len(shown.text.splitlines()) == count, shown.text
    assert len(three("list", MEMCTL_PAGER="head -n 3").lines) == 63, "never on a pipe"
