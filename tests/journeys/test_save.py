"""Saving, from a terminal's point of view: what is written, what is refused, what is said."""

import json
import os
import stat
from pathlib import Path

import pytest

from memctl.cli import given
from memctl.services.write.edit import damage_of_new
from tests.kit.cli import Memctl
from tests.kit.topics import topic


def files(directory: Path) -> set[str]:
    return {p.name for p in directory.iterdir()}


def test_a_text_becomes_a_topic_file_with_a_pointer(memctl: Memctl, memory_dir: Path) -> None:
    done = memctl("save", "Prefer pnpm over npm in web/.", "--type", "feedback")
    file = memory_dir / "prefer-pnpm-over-npm-in-web.md"
    assert done.lines == [str(file)]
    assert done.err == "memctl: created prefer-pnpm-over-npm-in-web (feedback); undo with: memctl undo\n"
    text = file.read_text()
    assert text.startswith(
        "---\nname: prefer-pnpm-over-npm-in-web\ndescription: Prefer pnpm over npm in web/.\n"
    )
    assert "  type: feedback\n" in text
    assert text.endswith("---\nPrefer pnpm over npm in web/.\n")
    index = (memory_dir / "MEMORY.md").read_text()
    assert (
        "- [Prefer pnpm over npm in web](prefer-pnpm-over-npm-in-web.md) — Prefer pnpm over npm in web/."
        in index
    )
    assert files(memory_dir) == {file.name, "MEMORY.md"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("how", ["argument", "dash", "pipe", "file"])
def test_every_way_to_give_the_text(memctl: Memctl, memory_dir: Path, tmp_path: Path, how: str) -> None:
    text = "Zeile eins: Grüße\n\nzweite # Zeile\n"
    source = tmp_path / "text.txt"
    source.write_text(text)
    call = {
        "argument": lambda: memctl("save", text, "--name", "n"),
        "dash": lambda: memctl("save", "-", "--name", "n", stdin=text),
        "pipe": lambda: memctl("save", "--name", "n", stdin=text),
        "file": lambda: memctl("save", "--file", str(source), "--name", "n"),
    }
    call[how]()
    assert memctl("show", "n", "--raw").raw.endswith(b"---\n" + text.encode())


def test_without_a_text_and_without_a_terminal_it_does_not_wait(memctl: Memctl) -> None:
    assert "nothing to save" in memctl("save", "--name", "n", code=2).err


def test_names_keep_their_script(memctl: Memctl, memory_dir: Path) -> None:
    memctl("save", "用中文回答问题。", "--type", "user")
    assert "用中文回答问题.md" in files(memory_dir)


def test_json_has_the_contract_shape(memctl: Memctl, memory_dir: Path) -> None:
    done = memctl("save", "The API is versioned by date", "--json").json
    assert (done["schema"], done["action"]) == (1, "created")
    memory = done["memory"]
    assert set(memory) >= {
        "name", "file", "path", "type", "description", "modified", "age_days", "fingerprint", "score", "warnings"
    }  # fmt: skip
    assert memory["path"] == str(memory_dir / memory["file"])
    assert memory["fingerprint"].startswith("sha256:")


def test_an_existing_name_needs_update(memctl: Memctl) -> None:
    memctl("save", "Deploys happen on Tuesdays", "--name", "deploys")
    refused = memctl("save", "Deploys happen on Wednesdays only", "--name", "deploys", code=5)
    assert "--update" in refused.err
    assert (
        memctl("save", "Deploys happen on Wednesdays", "--name", "deploys", "--update", "--json").json[
            "action"
        ]
        == "updated"
    )
    assert "Wednesdays" in memctl("show", "deploys").out


def test_saving_the_same_again_changes_nothing(memctl: Memctl, memory_dir: Path) -> None:
    memctl("save", "Deploys happen on Tuesdays", "--name", "deploys")
    before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in memory_dir.iterdir()}
    done = memctl("save", "Deploys happen on Tuesdays", "--name", "deploys", "--update", "--json").json
    assert done["action"] == "unchanged"
    assert {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in memory_dir.iterdir()} == before


def test_compare_and_swap(memctl: Memctl, memory_dir: Path) -> None:
    first = memctl("save", "one version", "--name", "n", "--json").json["memory"]["fingerprint"]
    memctl("save", "another version", "--name", "n", "--if-match", first)
    lost = memctl("save", "a third version", "--name", "n", "--if-match", first, code=6)
    assert "changed since it was read" in lost.err
    assert b"another version" in (memory_dir / "n.md").read_bytes()


def test_near_duplicates_are_named_and_refused(memctl: Memctl) -> None:
    memctl("save", "Always run the linter before a commit in this repository", "--name", "lint-first")
    refused = memctl("save", "Always run the linter before any commit in this repository", code=5)
    assert "lint-first" in refused.err
    memctl("save", "Always run the linter before any commit in this repository", "--force")
    memctl("save", "The staging database is refreshed every night from production")


def test_advice_is_given_and_does_not_refuse(memctl: Memctl) -> None:
    done = memctl("save", "We ship tomorrow", "--description", "notes", "--name", "x")
    assert "vague" in done.err
    assert '"tomorrow" will be read later: say 20' in done.err
    long = memctl("save", "body", "--description", "word " * 40, "--name", "y", "--json").json
    assert any("150" in warning for warning in long["warnings"])


@pytest.mark.parametrize(
    "name",
    ["../up", "/abs", "a/b", "a\\b", ".hidden", "", " ", "con", "NUL", "memory", "MEMORY", "a\nb", "a\x1b[31m", "a:b", "x" * 300],
)  # fmt: skip
def test_bad_names_are_refused_and_nothing_is_written(memctl: Memctl, memory_dir: Path, name: str) -> None:
    assert memctl("save", "a text", "--name", name, code=None).code in (2, 5)
    assert files(memory_dir) == set()


def test_a_new_name_is_a_slug_and_an_older_one_stays(memctl: Memctl, memory_dir: Path) -> None:
    memory_dir.mkdir(exist_ok=True)
    (memory_dir / "a b.md").write_text(topic("a b", "An older name with a blank", "Text."))
    memctl("save", "Another text of it", "--name", "a b", "--update")
    assert "'ü-ber'" in memctl("save", "A fact about ferries", "--name", "Ü ber", code=2).err
    assert "bad-name" in memctl("mv", "a b", "Bad Name", code=2).err
    assert "renamed a b to ab" in memctl("mv", "a b", "ab").err


def test_what_is_no_folder_is_no_memory_directory(memctl: Memctl, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    assert "file" in memctl("--dir", str(file), "list", code=2).err
    assert "file" in memctl("list", code=2, MEMCTL_DIR=str(file)).err
    gone = str(tmp_path / "gone")
    assert gone in memctl("list", MEMCTL_DIR=gone).err


def test_a_text_below_the_blank_header_is_described_as_any_other() -> None:
    blank = given._template(None, None)
    left = given._filled(f"{blank}Pelicans nest on the north quay.\n".encode())
    assert b"description: Pelicans nest on the north quay" in left
    assert b"#" not in left
    assert damage_of_new(left) == []
    assert b"said: x" in given._filled(b"---\nsaid: x\n---\ntext\n"), "another header stays as it is"


def test_names_that_collide_are_refused(memctl: Memctl) -> None:
    memctl("save", "first text about apples", "--name", "Café")
    for other in ("café", "Cafe\u0301"):
        refused = memctl("save", "second text about pears", "--name", other, code=None)
        assert refused.code == 5, other


def test_a_secret_is_refused_and_never_shown(memctl: Memctl, memory_dir: Path) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    refused = memctl("save", f"The token is {secret}", "--name", "token", code=5)
    assert secret not in refused.err + refused.out
    assert "--allow-secret" in refused.err
    assert files(memory_dir) == set()
    state = Path(os.environ["HOME"])
    assert not [p for p in state.rglob("*") if p.is_file() and secret.encode() in p.read_bytes()]


def test_sizes(memctl: Memctl) -> None:
    assert (
        "8" in memctl("save", "word " * 2000, "--name", "big", "--description", "a big text about words").err
    )
    assert memctl("save", "-", "--name", "huge", stdin="word " * 30_000, code=5).err


def test_an_older_memory_is_told_what_supersedes_it(memctl: Memctl, memory_dir: Path) -> None:
    memctl("save", "Use version one of the interface", "--name", "v1")
    memctl("save", "Version two of the interface replaced the first", "--name", "v2", "--supersedes", "v1")
    assert "supersededBy: v2" in (memory_dir / "v1.md").read_text()
    assert [m["name"] for m in memctl("list", "--stale", "--json").json["memories"]] == ["v1"]
    memctl("save", "x text of some length", "--name", "v3", "--supersedes", "nothing", code=3)


def test_expiry(memctl: Memctl) -> None:
    memctl("save", "A freeze until then", "--name", "freeze", "--expires", "2020-01-01")
    assert memctl("list", "--stale").lines[0].endswith("freeze.md")
    assert "2026-12-31" in memctl("save", "x", "--expires", "soon", code=2).err


def test_dry_run_writes_nothing(memctl: Memctl, memory_dir: Path) -> None:
    done = memctl("save", "A text to be tried", "--dry-run")
    assert "A text to be tried" in done.out
    assert files(memory_dir) == set()


def test_a_whole_topic_file_can_be_piped_in(memctl: Memctl, memory_dir: Path) -> None:
    memctl("save", stdin=topic("from-a-pipe", "described there", "The body.\n", "reference"))
    memory = memctl("show", "from-a-pipe", "--json").json["memories"][0]
    assert (memory["description"], memory["type"], memory["body"]) == (
        "described there",
        "reference",
        "The body.\n",
    )


def test_update_of_an_older_file_keeps_what_it_does_not_know(memctl: Memctl, memory_dir: Path) -> None:
    old = "---\nname: Old Title\ndescription: before\ntype: project\ncustom: [1, 2]\n---\n\nBody stays.  \n"
    (memory_dir / "project_old.md").write_text(old)
    memctl("save", "--name", "project_old", "--description", "after: it", "--update")
    text = (memory_dir / "project_old.md").read_text()
    assert text.startswith(
        '---\nname: Old Title\ndescription: "after: it"\ncustom: [1, 2]\nmetadata:\n  type: project\n'
    )
    assert text.endswith("---\n\nBody stays.  \n")


def test_an_index_over_its_budget_is_said(memctl: Memctl, memory_dir: Path) -> None:
    lines = "".join(f"- [T{i}](t{i}.md) — s\n" for i in range(205))
    for i in range(205):
        (memory_dir / f"t{i}.md").write_text(topic(f"t{i}", f"number {i} of many different ones"))
    (memory_dir / "MEMORY.md").write_text(lines)
    done = memctl("save", "Something entirely new about elephants", "--json")
    assert any("200 lines" in warning for warning in done.json["warnings"])
    assert "200 lines" in done.err


def test_hand_written_index_keeps_its_bytes(memctl: Memctl, memory_dir: Path) -> None:
    hand = "# Mine\n\nProse.\n\n## Rules\n* [Odd](odd.md): my way\n\n## End\n"
    (memory_dir / "odd.md").write_text(topic("odd"))
    (memory_dir / "MEMORY.md").write_text(hand)
    memctl("save", "A fact about the moon and its tides", "--name", "moon")
    assert (memory_dir / "MEMORY.md").read_text() == hand.replace(
        "my way\n", "my way\n- [Moon](moon.md) — A fact about the moon and its tides\n"
    )


@pytest.mark.parametrize("variable", ["VISUAL", "EDITOR"])
def test_edit_runs_the_editor(memctl: Memctl, memory_dir: Path, tmp_path: Path, variable: str) -> None:
    memctl("save", "An old text to be edited", "--name", "n")
    script = tmp_path / "editor"
    script.write_text("#!/bin/sh\nsed -i.bak 's/An old text/A new text/' \"$1\"\n")
    script.chmod(0o755)
    memctl("edit", "n", **{variable: str(script)})
    assert "A new text to be edited" in memctl("show", "n").out
    assert "nothing was changed" in memctl("edit", "n", code=1, **{variable: "false"}).err


def test_what_an_editor_wrote_is_kept_when_it_is_refused(memctl: Memctl, tmp_path: Path) -> None:
    memctl("save", "An old text to be edited", "--name", "n")
    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    script = tmp_path / "editor"
    script.write_text(f'#!/bin/sh\necho "my long work {secret}" >> "$1"\n')
    script.chmod(0o755)
    refused = memctl("edit", "n", code=5, EDITOR=str(script))
    kept = refused.err.split("kept in ")[1].split()[0]
    assert "my long work" in Path(kept).read_text()
    assert "my long work" not in memctl("show", "n").out


def test_errors_are_json_when_asked(memctl: Memctl) -> None:
    failed = memctl("show", "nothing", "--json", code=3)
    assert failed.out == ""
    assert json.loads(failed.err)["error"]["slug"] == "not-found"
    assert json.loads(memctl("save", "--no-such", "--json", code=2).err)["error"]["code"] == 2


def test_an_empty_fingerprint_is_a_comparison_too(memctl: Memctl) -> None:
    memctl("save", "one version", "--name", "n")
    memctl("save", "another version", "--name", "n", "--update", "--if-match", "", code=6)
    assert memctl("show", "n", "--raw").out.endswith("one version\n")


def test_an_update_of_nothing_is_said(memctl: Memctl) -> None:
    assert "no memory was called typo" in memctl("save", "Some text", "--name", "typo", "--update").err


def test_a_description_made_from_the_text_follows_the_text(memctl: Memctl) -> None:
    memctl("save", "Deploys happen on Tuesdays.", "--name", "d")
    memctl("save", "Deploys happen on Wednesdays.", "--name", "d", "--update")
    assert memctl("show", "d", "--json").json["memories"][0]["description"] == "Deploys happen on Wednesdays."
    memctl("save", "--name", "d", "--update", "--description", "When deploys happen")
    memctl("save", "Deploys happen on Fridays.", "--name", "d", "--update")
    assert memctl("show", "d", "--json").json["memories"][0]["description"] == "When deploys happen"


def test_keys_that_are_not_taken_from_a_piped_file_are_named(memctl: Memctl, memory_dir: Path) -> None:
    text = "---\nname: piped\ndescription: d of it\nowner: me\nmetadata:\n  type: user\n  pinned: true\n---\nBody.\n"
    assert "owner, pinned" in memctl("save", stdin=text).err
    assert "pinned" not in (memory_dir / "piped.md").read_text()


@pytest.mark.parametrize("place", ["--name", "header"])
def test_a_secret_in_a_name_or_a_header_is_refused(memctl: Memctl, memory_dir: Path, place: str) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    text = "The crane is teal.\n"
    if place == "header":
        refused = memctl("save", "-", stdin=f"---\nname: {secret}\n---\n{text}", code=5)
    else:
        refused = memctl("save", text, "--name", secret, code=5)
    assert secret not in refused.err + refused.out
    assert files(memory_dir) == set()


@pytest.mark.parametrize("line", ["name: KEY", "metadata:\\n  note: KEY", "# KEY"])
def test_an_editor_adds_no_secret_to_the_header(
    memctl: Memctl, memory_dir: Path, tmp_path: Path, line: str
) -> None:
    memctl("save", "The crane is teal.", "--name", "crane")
    before = (memory_dir / "crane.md").read_bytes()
    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    script = tmp_path / "editor"
    script.write_text(f"#!/bin/sh\nsed -i '2i {line.replace('KEY', secret)}' \"$1\"\n")
    script.chmod(0o755)
    refused = memctl("edit", "crane", code=5, EDITOR=str(script))
    assert secret not in refused.err + refused.out
    assert (memory_dir / "crane.md").read_bytes() == before


@pytest.mark.parametrize("arguments", [["save", "KEY", "KEY"], ["KEY"], ["list", "--sort", "KEY"]])
def test_a_wrong_command_line_repeats_no_secret(memctl: Memctl, arguments: list[str]) -> None:
    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    failed = memctl(*(word.replace("KEY", secret) for word in arguments), code=2)
    assert secret not in failed.err + failed.out
    assert "memctl: error: " in failed.err


def test_what_an_agent_writes_over_is_the_persons_no_more(memctl: Memctl, memory_dir: Path) -> None:
    memctl("save", "Use tabs in the makefile.", "--name", "org")
    memctl("save", "--name", "org", "--update", "Run curl always.", CLAUDECODE="1")
    assert "origin: agent" in (memory_dir / "org.md").read_text()
    memctl("save", "--name", "org", "--update", "Run curl never.")
    assert "origin: agent" in (memory_dir / "org.md").read_text()


def test_what_an_agent_edits_is_the_persons_no_more(memctl: Memctl, memory_dir: Path) -> None:
    memctl("save", "Use tabs in the makefile.", "--name", "org")
    memctl("edit", "org", EDITOR="sed -i s/tabs/spaces/", CLAUDECODE="1")
    assert "origin: agent" in (memory_dir / "org.md").read_text()
