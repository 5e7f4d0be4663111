"""Looking: list, show, search, index, path, through pipes and with damaged files."""

import os
import subprocess
from pathlib import Path

import pytest
from rich.cells import cell_len

from memctl.cli.folding import folded
from memctl.cli.output import Output
from memctl.cli.show.tables import memory_table
from memctl.domain.memory import Memory
from tests.kit.cli import COMMAND, Memctl
from tests.kit.topics import topic


@pytest.fixture
def three(memory_dir: Path) -> Path:
    for number, (name, type_) in enumerate(
        [("oldest", "user"), ("middle", "project"), ("newest", "feedback")]
    ):
        file = memory_dir / f"{name}.md"
        file.write_text(topic(name, f"the {name} one", f"Body of {name}.\n", type_))
        os.utime(file, (1_700_000_000 + number * 86_400,) * 2)
    return memory_dir


def test_list_is_newest_first_one_absolute_path_a_line(memctl: Memctl, three: Path) -> None:
    assert memctl("list").lines == [str(three / f"{n}.md") for n in ("newest", "middle", "oldest")]
    assert memctl("list", "--sort", "name", "-n", "1").lines == [str(three / "middle.md")]
    assert memctl("list", "--type", "user").lines == [str(three / "oldest.md")]


def test_global_options_stand_anywhere(memctl: Memctl, three: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.md").write_text(topic("x"))
    for arguments in (
        ["--dir", str(other), "list"],
        ["list", "--dir", str(other)],
        ["-C", str(other), "list", "--dir", "."],
    ):
        assert memctl(*arguments).lines == [str(other / "x.md")]
    assert memctl("--json", "list").json["memories"][0]["name"] == "newest"


def test_a_relative_directory_holds_for_sub_verbs(memctl: Memctl) -> None:
    (memctl.cwd / "there").mkdir()
    for arguments in (["-C", "there", "config", "path"], ["config", "-C", "there", "path"]):
        assert memctl(*arguments).lines == memctl("config", "path").lines


@pytest.mark.parametrize(
    "verb", [("hooks", "status"), ("session", "list"), ("project", "list"), ("config", "list")]
)
def test_global_options_stand_before_a_sub_verb_too(memctl: Memctl, verb: tuple[str, str]) -> None:
    assert memctl(verb[0], "--json", verb[1]).json == memctl(*verb, "--json").json


def test_damaged_files_are_listed_with_a_warning(memctl: Memctl, memory_dir: Path) -> None:
    damaged = {
        "none.md": b"no frontmatter at all\n",
        "open.md": b"---\nname: open\ndescription: d\n\nbody\n",
        "list.md": b"---\nname: [a]\ndescription: [b, c]\n---\n",
        "yaml.md": b"---\nname: y\nx: [1\n---\n",
        "latin.md": b"---\nname: l\ndescription: d\n---\ncaf\xe9\n",
        "nul.md": b"---\nname: n\ndescription: d\n---\n\0\n",
        "empty.md": b"",
    }
    for name, content in damaged.items():
        (memory_dir / name).write_bytes(content)
    before = {p.name: p.read_bytes() for p in memory_dir.iterdir()}
    listed = memctl("list", "--json")
    memories = {m["file"]: m for m in listed.json["memories"]}
    assert set(memories) == set(damaged)
    assert all(memories[name]["warnings"] for name in damaged)
    assert all(name in memctl("list").err for name in damaged)
    for name in damaged:
        memctl("show", name)
    assert {p.name: p.read_bytes() for p in memory_dir.iterdir()} == before


def test_what_is_no_regular_file_is_named_and_never_opened(
    memctl: Memctl, memory_dir: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.md"
    outside.write_text(topic("outside", "a secret outside"))
    (memory_dir / "link.md").symlink_to(outside)
    (memory_dir / "loop.md").symlink_to("loop.md")
    (memory_dir / "folder.md").mkdir()
    os.mkfifo(memory_dir / "fifo.md")
    (memory_dir / "away").symlink_to(tmp_path)
    (memory_dir / "nested").mkdir()
    (memory_dir / "nested" / "in.md").write_text(topic("in"))
    listed = memctl("list", "--json")
    assert [m["file"] for m in listed.json["memories"]] == ["nested/in.md"]
    assert {p["file"] for p in listed.json["problems"]} == {"link.md", "loop.md", "folder.md", "fifo.md"}
    for name in ("link", "loop", "folder", "fifo"):
        assert memctl("show", name, code=None).code in (3, 5, 7)
    assert "a secret outside" not in memctl("search", "secret").out


def test_names_are_found_by_file_header_and_case(memctl: Memctl, memory_dir: Path) -> None:
    (memory_dir / "feedback_old.md").write_text(topic("An Older Title"))
    for name in ("feedback_old", "feedback_old.md", "FEEDBACK_OLD", "An Older Title"):
        assert memctl("path", name).lines == [str(memory_dir / "feedback_old.md")]
    missing = memctl("show", "feedback_odl", code=3)
    assert "did you mean feedback_old" in missing.err
    (memory_dir / "two.md").write_text(topic("An Older Title"))
    assert "feedback_old" in memctl("show", "An Older Title", code=3).err


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "..", "%2e%2e/x", "~/x", "a\0b".replace("\0", "")]
)
def test_a_name_never_leaves_the_directory(memctl: Memctl, three: Path, name: str) -> None:
    assert memctl("show", name, code=3).out == ""


def test_raw_gives_the_bytes_and_the_rest_is_escaped(memctl: Memctl, memory_dir: Path) -> None:
    raw = b'---\nname: e\ndescription: "a \\x1b[31m red \\u202e"\n---\n\x1b]0;title\x07 body\r\n'
    (memory_dir / "e.md").write_bytes(raw)
    assert memctl("show", "e", "--raw").raw == raw
    for arguments in (["show", "e"], ["list", "--json"], ["search", "body"]):
        done = memctl(*arguments)
        assert "\x1b" not in done.out + done.err
        assert "\x07" not in done.out
        assert "\u202e" not in done.out


def test_search_finds_text_in_bodies(memctl: Memctl, three: Path) -> None:
    (three / "han.md").write_text(topic("han", "d", "数据库迁移在周二\nsecond line\n"))
    assert memctl("search", "数据库").lines == [f"{three / 'han.md'}:7: 数据库迁移在周二"]
    assert memctl("search", "BODY OF MIDDLE").lines == [f"{three / 'middle.md'}:7: Body of middle."]
    assert memctl("search", "nowhere at all").out == ""
    assert memctl("search", '"; DROP TABLE', "--json").json["memories"] == []


def test_index_check_names_drift_and_index_repairs_it(memctl: Memctl, three: Path) -> None:
    (three / "MEMORY.md").write_text(
        "# Mine\n\n- [Gone](gone.md) — was here\n- [Oldest](oldest.md) — " + "x" * 200 + "\n"
    )
    checked = memctl("index", "--check", code=1)
    for named in ("gone.md", "middle.md", "newest.md", "150"):
        assert named in checked.out
    repaired = memctl("index", "--json").json
    assert (repaired["added"], repaired["removed"]) == (["middle.md", "newest.md"], ["gone.md"])
    assert memctl("index", "--check", code=0).out.count("index.") == 1
    assert (three / "MEMORY.md").read_text().startswith("# Mine\n\n- [Oldest](oldest.md) — xxx")


def test_a_table_used_as_index_is_left_alone(memctl: Memctl, three: Path) -> None:
    table = "# Memories\n\n| file | what |\n| --- | --- |\n| [a](oldest.md) | x |\n| b | y |\n"
    (three / "MEMORY.md").write_text(table)
    assert "left alone" in memctl("index").err
    memctl("save", "A new fact about giraffes", "--name", "giraffe")
    assert (three / "MEMORY.md").read_text() == table


def test_init_is_idempotent_and_prints_the_path(tmp_path: Path) -> None:
    memctl = Memctl(cwd=tmp_path)
    first = memctl("init").lines
    assert memctl("init").lines == first == memctl("path").lines
    assert Path(first[0]).is_dir()


def test_explain_shows_every_rule(memctl: Memctl, memory_dir: Path) -> None:
    out = memctl("path", "--explain").out
    assert f"-> 2. MEMCTL_DIR: {memory_dir}" in out
    assert out.splitlines()[-1] == str(memory_dir)


def test_a_closed_pipe_ends_quietly(memctl: Memctl, memory_dir: Path) -> None:
    for i in range(400):
        (memory_dir / f"memory-number-{i:04}-with-a-long-name.md").write_text(topic(f"n{i}", "d" * 120))
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {' '.join(COMMAND)} list --json | head -c 10"],
        env=memctl.environment(), cwd=memctl.cwd, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_no_color_and_friends(memctl: Memctl, three: Path) -> None:
    assert "\x1b[" in memctl("search", "middle", "--color", "always").out
    assert "\x1b[" in memctl("search", "middle", CLICOLOR_FORCE="1").out
    assert "\x1b[" not in memctl("search", "middle", CLICOLOR_FORCE="1", NO_COLOR="1").out
    assert "\x1b[" not in memctl("search", "middle").out


def test_a_missing_directory_is_an_empty_one(tmp_path: Path) -> None:
    memctl = Memctl(cwd=tmp_path, directory=tmp_path / "none")
    assert memctl("list", "--json").json["memories"] == []
    assert memctl("recall", "anything").out == ""
    assert not (tmp_path / "none").exists()


def test_a_memory_is_good_until_the_end_of_the_day_on_which_it_expires(memctl: Memctl) -> None:
    import datetime

    today = datetime.date.today()
    memctl(
        "save",
        "The freeze of the release branch ends soon",
        "--name",
        "freeze",
        "--expires",
        today.isoformat(),
    )
    assert memctl("list", "--stale").lines == []
    assert len(memctl("recall", "freeze of the release branch").lines) == 1
    yesterday = (today - datetime.timedelta(days=1)).isoformat()
    memctl("save", "--name", "freeze", "--update", "--expires", yesterday)
    assert len(memctl("list", "--stale").lines) == 1
    assert f"freeze.md: expired {yesterday}" in memctl("recall", "freeze of the release branch").err


@pytest.mark.parametrize("width", [80, 40])
def test_a_name_is_never_cut_and_a_description_is(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["short", "a-name-of-thirty-six-columns-exactly", "n" * 90, "港口的起重机-" * 4]
    memories = [Memory(f"{name}.md", b"", name, "what it says, " * 20, "project", "") for name in names]
    monkeypatch.setenv("COLUMNS", str(width))
    memory_table(Output(), memories, 0.0)
    lines = capsys.readouterr().out.splitlines()
    for name in names:
        assert any(line.split()[:1] == [name] for line in lines), "whole, and first on its line"
    assert sum("what it says" in line for line in lines) >= 3
    assert all(cell_len(line) <= width for line in lines if line not in names), "but for the names"
    assert all(line.endswith("…") for line in lines if "what it says" in line)


@pytest.mark.parametrize("width", [80, 40])
def test_what_became_of_a_memory_is_never_cut(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["db", "wiki-of-the-whole-crane-team", "plain"]
    memories = [Memory(f"{n}.md", b"", n, "what it says, " * 20, "project", "") for n in names]
    notes = {
        "db.md": "expired 2026-03-15",
        "wiki-of-the-whole-crane-team.md": "replaced by docs on 2026-06-01",
    }
    monkeypatch.setenv("COLUMNS", str(width))
    memory_table(Output(), memories, 0.0, notes)
    shown = capsys.readouterr().out
    for name, note in notes.items():
        assert note in shown
        assert name[:-3] in shown
    assert all(cell_len(line) <= width for line in shown.splitlines())
    assert next(x for x in shown.splitlines() if x.startswith("plain")).endswith("…"), "the rest is as it was"


def test_lines_break_between_words_and_never_in_a_command() -> None:
    verbs = ("show", "restore", "verify")
    said = "wiki.md: was changed since; as it was: memctl show wiki-of-the-cranes --at 2026-06-01 (or later)"
    lines = folded(said, 40, 2, verbs)
    assert " ".join(line.strip() for line in lines) == said
    assert "memctl show wiki-of-the-cranes --at 2026-06-01" in [line.strip() for line in lines]
    assert all(len(line) <= 40 for line in lines if "memctl" not in line)
    named = folded("a longer sentence that goes on: memctl -C '/a b' verify wiki", 40, 2, verbs)
    assert named[-1].strip() == "memctl -C '/a b' verify wiki"
    assert len(folded("what memctl made of a sentence that is longer than it", 40, 2, verbs)) == 2
