import subprocess
from pathlib import Path

import pytest

from memctl.errors import MemctlError, NotFound, UsageError
from memctl.services.learn.from_git import extract_git
from memctl.store.state.resolve import Place

NOW = 1_795_000_000.0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    git(project, "init", "-q", "-b", "main")
    commit(project, "Start")
    return project


def git(root: Path, *arguments: str) -> str:
    line = [
        "git",
        "-c",
        "user.name=t",
        "-c",
        "user.email=t@example.test",
        "-c",
        "commit.gpgsign=false",
        *arguments,
    ]
    return subprocess.run(line, cwd=root, check=True, capture_output=True, text=True).stdout.strip()


def commit(root: Path, message: str) -> str:
    git(root, "commit", "-q", "--allow-empty", "-m", message)
    return git(root, "rev-parse", "HEAD")


def test_trailers_decisions_and_reverts(root: Path, tmp_path: Path) -> None:
    trailer = commit(root, "Pin numpy\n\nMemory: numpy stays below 2.3 until the C extension is ported.")
    commit(root, "Fix a typo in the readme")
    decided = commit(
        root, "Switch the queue\n\nWe decided to use NATS instead of Kafka because one broker is enough."
    )
    reverted = commit(
        root,
        'Revert "Use async everywhere"\n\nThis reverts commit 0123456.\n\nBecause it broke the Windows build.',
    )
    commit(root, 'Revert "Small thing"\n\nThis reverts commit 0123456.')
    outcome = extract_git(Place(str(tmp_path / "m"), str(root), []), "HEAD~5..HEAD", now=NOW)
    found = {p.evidence[0].turn: p for p in outcome.proposals}
    assert set(found) == {trailer, decided, reverted}
    assert all((p.origin, p.engine, p.session) == ("git", "git", None) for p in outcome.proposals)
    assert found[trailer].body == "numpy stays below 2.3 until the C extension is ported.\n"
    assert "**Why:** Because one broker is enough." in found[decided].body
    assert found[reverted].body.startswith('"Use async everywhere" was tried and reverted on ')
    assert "**Why:** Because it broke the Windows build." in found[reverted].body


def test_twice_proposes_nothing(root: Path, tmp_path: Path) -> None:
    commit(root, "x\n\nMemory (feedback): run make gen after editing the schema.")
    first = extract_git(Place(str(tmp_path / "m"), str(root), []), "HEAD~1..HEAD", now=NOW)
    assert [p.type for p in first.proposals] == ["feedback"]
    again = extract_git(Place(str(tmp_path / "m"), str(root), []), "HEAD~1..HEAD", now=NOW)
    assert (again.proposals, again.turns) == ((), 0)


@pytest.mark.parametrize("span", ["no-such..HEAD", "HEAD..no-such", "nope"])
def test_an_unknown_range(root: Path, tmp_path: Path, span: str) -> None:
    with pytest.raises(NotFound):
        extract_git(Place(str(tmp_path / "m"), str(root), []), span, now=NOW)


def test_a_range_is_no_option(root: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        extract_git(Place(str(tmp_path / "m"), str(root), []), "--output=/tmp/x", now=NOW)


def test_outside_a_repository(tmp_path: Path) -> None:
    with pytest.raises(MemctlError):
        extract_git(Place(str(tmp_path / "m"), str(tmp_path), []), "HEAD", now=NOW)


def test_injected_messages_stay_proposals(root: Path, tmp_path: Path) -> None:
    commit(root, "x\n\nMemory: " + "a" * 5000)
    commit(root, "y\n\nMemory: ../../etc/passwd is where\x1b[2J we keep things")
    outcome = extract_git(Place(str(tmp_path / "m"), str(root), []), "HEAD~2..HEAD", now=NOW)
    assert all("/" not in p.name and "\x1b" not in p.description for p in outcome.proposals)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("253402300800 +0000", "tomorrow"),  # the year 10000
        ("-62198755200 +0000", "tomorrow"),  # the year -1
        ("1700000000 +9999", "on 2023-11-20"),
        ("1700000000 +99999999", "tomorrow"),
        ("1 -2400", "on 1970-01-01"),
        ("9223372036854775807 +0000", "tomorrow"),
        ("never", "tomorrow"),
    ],
)
def test_a_commit_of_a_day_that_no_calendar_holds_is_read(
    root: Path, tmp_path: Path, at: str, day: str
) -> None:
    head, tree = git(root, "rev-parse", "HEAD"), git(root, "rev-parse", "HEAD^{tree}")
    who = f"t <t@example.test> {at}"
    text = f"tree {tree}\nparent {head}\nauthor {who}\ncommitter {who}\n\nMemory: the new crane opens tomorrow.\n"
    line = ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"]
    made = subprocess.run(
        line, cwd=root, input=text, check=True, capture_output=True, text=True
    ).stdout.strip()
    git(root, "update-ref", "HEAD", made)
    outcome = extract_git(Place(str(tmp_path / "m"), str(root), []), "HEAD~1..HEAD", now=NOW)
    assert [proposal.body for proposal in outcome.proposals] == [f"the new crane opens {day}.\n"]
