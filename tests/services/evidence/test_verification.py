import subprocess
import time
from pathlib import Path

import pytest

from memctl.domain.memory import Memory
from memctl.errors import MemctlError, NotFound
from memctl.services.evidence import changed
from memctl.services.evidence import verification as service
from memctl.services.evidence.verification import verify
from memctl.services.learn.from_git import commits
from memctl.store.worktree.repository import Repository


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


@pytest.fixture
def root(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    (project / "src").mkdir(parents=True)
    (project / "src" / "app.py").write_text("one\ntwo\nthree\nfour\n")
    git(project, "init", "-q", "-b", "main")
    git(project, "add", ".")
    git(project, "commit", "-qm", "first")
    return project


def memory(evidence: object) -> Memory:
    return Memory("m.md", b"", "m", "d", "project", "b", header={"metadata": {"evidence": evidence}})


def state(root: Path, evidence: object) -> str:
    (found,) = verify([memory(evidence)], str(root))
    return found.state


def blob(root: Path, path: str = "src/app.py") -> str:
    return git(root, "rev-parse", f"HEAD:{path}")


def test_a_file_as_it_was_changed_and_gone(root: Path) -> None:
    evidence = f"src/app.py@{blob(root)}"
    assert state(root, evidence) == "valid"
    assert state(root, f"src/app.py@{blob(root)[:10]}") == "valid"
    (root / "src" / "app.py").write_text("one\n")
    assert state(root, evidence) == "changed"
    (root / "src" / "app.py").unlink()
    assert state(root, evidence) == "gone"


def test_lines_stay_valid_while_they_stand_somewhere(root: Path) -> None:
    evidence = f"src/app.py:2-3@{blob(root)}"
    (root / "src" / "app.py").write_text("zero\none\ntwo\nthree\nfive\n")
    assert state(root, evidence) == "valid"
    (root / "src" / "app.py").write_text("zero\none\ntwo\n2.5\nthree\n")
    assert state(root, evidence) == "changed"


def test_line_ends_do_not_count(root: Path) -> None:
    evidence = f"src/app.py@{blob(root)}"
    (root / "src" / "app.py").write_bytes(b"one\r\ntwo\r\nthree\r\nfour\r\n")
    assert state(root, evidence) == "valid"


def test_commits(root: Path) -> None:
    assert state(root, git(root, "rev-parse", "HEAD")) == "valid"
    assert state(root, "0123456789abcdef0123456789abcdef01234567") == "gone"
    assert state(root, blob(root)) == "gone", "a blob is no commit"


def test_the_worst_entry_counts_and_lists_are_read(root: Path) -> None:
    good = f"src/app.py@{blob(root)}"
    assert state(root, [good, "missing.py@" + blob(root)]) == "gone"
    assert state(root, f"{good}, missing.py@{blob(root)}") == "gone"
    assert state(root, f"{good}, session-1#t3") == "valid"
    assert state(root, "session-1#t3") == "unknown", "agents delete their sessions"


def test_a_memory_without_evidence_is_not_judged(root: Path) -> None:
    assert verify([memory(""), memory(None), Memory("n.md", b"", "n", "d", None, "b")], str(root)) == []


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "src/../../x", "src"])
def test_evidence_never_leads_outside_or_into_a_folder(root: Path, path: str) -> None:
    (root.parent / "secret").write_text("one\ntwo\nthree\nfour\n")
    assert state(root, f"{path}@{blob(root)}") == "gone"


def test_a_link_is_no_evidence(root: Path) -> None:
    (root / "link.py").symlink_to(root / "src" / "app.py")
    assert state(root, f"link.py@{blob(root)}") == "gone"


def test_changed_since_looks_only_at_what_differs(root: Path) -> None:
    (root / "other.py").write_text("x\n")
    git(root, "add", ".")
    git(root, "commit", "-qm", "second")
    (root / "src" / "app.py").write_text("new\n")
    memories = [memory(f"src/app.py@{blob(root)}"), memory(f"other.py@{blob(root, 'other.py')}")]
    assert [v.state for v in verify(memories, str(root), since="HEAD")] == ["changed"]
    assert [v.state for v in verify(memories, str(root), since="HEAD~1")] == ["changed", "valid"]
    with pytest.raises(NotFound):
        verify(memories, str(root), since="no-such-ref")
    with pytest.raises(NotFound):
        verify(memories, str(root), since="--output=/tmp/x")


def test_nothing_of_the_repositorys_configuration_runs(root: Path, tmp_path: Path) -> None:
    flag = tmp_path / "ran"
    (root / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    for key in (
        "filter.evil.clean",
        "filter.evil.smudge",
        "diff.evil.command",
        "core.fsmonitor",
        "core.pager",
        "diff.external",
    ):
        git(root, "config", key, f"touch {flag}; cat")
    hook = root / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {flag}\n")
    hook.chmod(0o755)
    memories = [memory(f"src/app.py:1@{blob(root)}, {git(root, 'rev-parse', 'HEAD')}")]
    flag.unlink(missing_ok=True)
    (root / "src" / "app.py").write_text("zero\none\n")
    assert [v.state for v in verify(memories, str(root), since="HEAD")] == ["valid"]
    assert not flag.exists()


def test_without_a_repository(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello\n")
    assert state(tmp_path, "a.txt@ce013625030ba8dba906f756967f9e9ca394464a") == "valid"
    assert state(tmp_path, "a.txt@" + "0" * 40) == "changed"
    with pytest.raises(MemctlError):
        verify([memory("a.txt@" + "0" * 40)], str(tmp_path), since="HEAD")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a b/c.py:3@abcdef1", "file"),
        ("a.py:3-9@abcdef1", "file"),
        ("abcdef1234", "commit"),
        ("s#t", "session"),
        ("what", "unknown"),
    ],
)
def test_forms(text: str, kind: str) -> None:
    assert service.parse(text).kind == kind


def test_ten_thousand_entries_take_two_git_processes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = []
    real = subprocess.run

    def counting(*arguments: object, **more: object) -> object:
        count.append(arguments)
        return real(*arguments, **more)  # type: ignore[call-overload]

    name = blob(root)
    head = git(root, "rev-parse", "HEAD")
    memories = [memory(f"src/app.py@{name}, {head}") for _ in range(5000)]
    monkeypatch.setattr(subprocess, "run", counting)
    assert {v.state for v in verify(memories, str(root))} == {"valid"}
    assert len(count) <= 2


def test_a_missing_object_is_not_fetched_and_a_signature_not_checked(root: Path, tmp_path: Path) -> None:
    flag = tmp_path / "ran"
    evil = tmp_path / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {flag}\n")
    evil.chmod(0o755)
    (root / ".git" / "config").write_text(
        "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tpartialClone = origin\n"
        f'[remote "origin"]\n\turl = ext::{evil}\n\tpromisor = true\n\tuploadpack = {evil}\n'
        f"[protocol]\n\tallow = always\n[log]\n\tshowSignature = true\n[gpg]\n\tprogram = {evil}\n"
    )
    assert state(root, "0123456789abcdef0123456789abcdef01234567") == "gone"
    commit = subprocess.run(
        ["git", "cat-file", "commit", "HEAD"], cwd=root, capture_output=True, check=True
    ).stdout
    head, _, message = commit.partition(b"\n\n")
    signed = head + b"\ngpgsig -----BEGIN PGP SIGNATURE-----\n x\n -----END PGP SIGNATURE-----\n\n" + message
    made = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin"],
        cwd=root,
        input=signed,
        capture_output=True,
        check=True,
    )
    assert [c.message for c in commits(str(root), made.stdout.decode().strip())] == ["first\n"]
    assert not flag.exists()


def test_many_entries_on_one_file_read_it_once_and_stop_when_time_is_up(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    content = Repository.content
    monkeypatch.setattr(Repository, "content", lambda self, path: read.append(path) or content(self, path))
    name = blob(root)
    (root / "src/app.py").write_text("changed\n" * 9)
    named = memory([f"src/app.py:{n}@{name}" for n in range(1, 200)])
    assert [v.state for v in verify([named], str(root))] == ["changed"]
    assert len(read) <= 2  # for its hash, and for its lines
    (late,) = verify([named], str(root), until=time.monotonic() - 1)
    assert (late.state, len(read)) == ("unknown", 2)


def test_a_prompt_reads_each_evidence_file_once_and_no_large_one(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    regular = changed.files.read_regular
    monkeypatch.setattr(
        changed.files, "read_regular", lambda path, *rest: read.append(path) or regular(path, *rest)
    )
    with (root / "large.bin").open("wb") as file:
        file.truncate(changed.FILE_MAX + 1)
    entries = [f"src/app.py@{blob(root)}", f"large.bin@{'0' * 40}"] * 100
    assert changed.note("m.md", b"", {"evidence": entries}, str(root)) == ""
    assert [path.rsplit("/", 1)[-1] for path in read] == ["app.py"]
