"""Very many files in one commit: the same history as file by file, without a list searched for each of them."""

import os
from pathlib import Path

import pytest

from memctl.store.history import bulk, commits, git
from memctl.store.write.apply import record_outside

NOW = 1_795_000_000.0

FILES = ("a.md", "b/c.md", "b/d/e.md", "b-c.md", 'z/ü "q".md', "Ä.md")


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MEMCTL_STATE_DIR", str(tmp_path / "state"))
    return str(tmp_path / "memory")


def write(directory: str, text: str) -> None:
    for file in FILES:
        path = Path(directory, file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text} {file}\n")


def recorded(directory: str) -> dict[str, str]:
    repository = commits.git_dir(directory)
    git.check(repository)
    return git.tree(repository, commits.read_tip(repository))


def test_many_files_are_recorded_as_they_would_be_one_by_one(
    directory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(directory, "first")
    assert record_outside(directory, now=NOW) == tuple(sorted(FILES))
    write(directory, "second")
    os.unlink(os.path.join(directory, "a.md"))
    with monkeypatch.context() as few:
        few.setattr(bulk, "MANY", 1)
        record_outside(directory, now=NOW)
    by_ids = recorded(directory)
    assert sorted(by_ids) == sorted(set(FILES) - {"a.md"})
    for file, blob in by_ids.items():
        assert git.run(commits.git_dir(directory), "cat-file", "blob", blob) == f"second {file}\n".encode()
    write(directory, "third")
    record_outside(directory, now=NOW)
    assert sorted(recorded(directory)) == sorted(FILES)


def test_git_may_say_more_than_a_pipe_holds_while_it_is_fed(directory: str) -> None:
    write(directory, "first")
    record_outside(directory, now=NOW)
    repository = commits.git_dir(directory)
    asked = [b"ls %s a.md\n" % commits.read_tip(repository).encode()] * 20_000
    said = git.feed(repository, ["fast-import", "--quiet", "--done"], [*asked, b"done\n"], None)
    assert said.count(b"\n") == 20_000
