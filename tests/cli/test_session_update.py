"""`memctl session update`: from the command line, and as hooks run it."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from memctl.store.state import delivery
from tests.kit import work
from tests.kit.cli import Memctl, asking
from tests.kit.warm import Warm
from tests.services.session.test_reading import STEPS


@pytest.fixture
def run(memctl: Memctl, warm: Warm) -> Memctl:
    return replace(memctl, warm=warm)


@pytest.fixture
def transcript(tmp_path: Path) -> str:
    return str(work.write(STEPS, "claude-code", tmp_path))


def test_it_prints_the_path_of_the_text(run: Memctl, transcript: str) -> None:
    result = run("session", "update", "--transcript", transcript)
    (path,) = result.lines
    assert Path(path).name == "summary.md"
    document = run("session", "update", "--transcript", transcript, "--json").json
    assert (document["schema"], document["path"], document["changed"]) == (1, path, False)
    early = run("session", "update", "--transcript", transcript, "--due")
    assert (early.code, early.lines) == (0, [path])
    assert "too little was said" in early.err


def test_undo(run: Memctl, transcript: str) -> None:
    (path,) = run("session", "update", "--transcript", transcript).lines
    nothing = run("session", "update", "--transcript", transcript, "--undo")
    assert nothing.code == 0
    assert "no earlier version" in nothing.err
    first = Path(path).read_text()
    Path(path).write_text(first.replace("# Workflow", ""))
    run("session", "update", "--transcript", transcript)
    assert run("session", "update", "--transcript", transcript, "--undo", "--json").json["undone"]
    assert Path(path).read_text() == first.replace("# Workflow", "")


def test_a_model_that_the_person_named_adds_its_lines(run: Memctl, transcript: str, tmp_path: Path) -> None:
    answer = {"edits": [{"section": "Learnings", "old": "", "new": "run make test before make deploy"}]}
    command = tmp_path / "model"
    command.write_text(f"#!/bin/sh\ncat >/dev/null\necho '{json.dumps(answer)}'\n")
    command.chmod(0o755)
    asked = replace(run, env=asking(command, tmp_path / "config"))
    (path,) = asked("session", "update", "--transcript", transcript, "--engine", "llm").lines
    assert "- [~] run make test before make deploy\n" in Path(path).read_text()


def test_a_model_that_fails_leaves_the_rules(run: Memctl, transcript: str, tmp_path: Path) -> None:
    asked = replace(run, env=asking("/bin/false", tmp_path / "config"))
    failed = asked("session", "update", "--transcript", transcript, "--engine", "llm", code=4)
    assert (failed.code, failed.out) == (4, "")
    settings = asking("/bin/false", tmp_path / "config", 'hook_engine = "llm"\n')
    auto = replace(run, env=settings)("session", "update", "--transcript", transcript, "--engine", "auto")
    assert auto.code == 0
    assert "the rules alone updated it" in auto.err
    assert "make test" in Path(auto.lines[0]).read_text()


@pytest.mark.parametrize(("first", "made"), [("1", True), ("10000", False)])
def test_hooks_keep_the_note_ready_and_the_text_when_it_is_due(
    run: Memctl, transcript: str, memory_dir: Path, first: str, made: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = replace(run, env={"MEMCTL_SESSION_FIRST_TOKENS": first})("extract", "--from-hook", transcript)
    assert done.code == 0
    note, size = delivery.note(str(memory_dir), "claude-code", "s")
    assert "Never touch src/legacy.py." in note
    assert size == os.stat(transcript).st_size
    folder = Path(delivery.folder(str(memory_dir), "claude-code", "s"))
    assert (folder / "summary.md").exists() is made
    assert "make deploy" in delivery.left_open(str(memory_dir), 0)[1]
    assert run("session", "forget", "s").code == 0
    assert delivery.left_open(str(memory_dir), 0) == ("", "")
    assert not folder.exists()


def test_what_is_erased_for_good_leaves_session_memories(
    run: Memctl, transcript: str, memory_dir: Path
) -> None:
    run("save", "Never touch src/legacy.py.", "--name", "legacy")
    (path,) = run("session", "update", "--transcript", transcript).lines
    Path(path).write_text(Path(path).read_text() + "mine\n")
    run("extract", "--from-hook", transcript)
    assert run("forget", "--for-good", "--yes", "legacy").code == 0
    text = Path(path).read_text()
    assert "legacy.py" not in text
    assert "mine" in text
    assert "legacy.py" not in delivery.note(str(memory_dir), "claude-code", "s")[0]


def test_without_a_key_the_ways_that_need_none_are_named(run: Memctl, transcript: str) -> None:
    said = run("session", "update", "--transcript", transcript, "--engine", "llm", code=4).err
    assert "--engine rules" in said
    assert "memctl config own-model AGENT" in said
