"""A damaged history: what can be read is read, what is lost is named, and the rest is made whole again."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from memctl import places
from memctl.domain.change import Change, Remove, Write
from memctl.domain.fingerprint import fingerprint
from memctl.errors import Damaged, NotFound, WriteFailed
from memctl.format import topic
from memctl.services import doctor
from memctl.services.doctor import fix
from memctl.services.write import undo as going_back
from memctl.store.history import commits, git, repair
from memctl.store.history import records as history
from memctl.store.write.apply import apply, record_outside
from tests.kit.doors import door

NOW = 1_790_000_000.0


def memory(name: str, body: str) -> bytes:
    return topic.encode(name, f"what {name} is about", body, {"type": "user"})


def save(directory: str, name: str, body: str) -> None:
    path = Path(directory, f"{name}.md")
    expect = fingerprint(path.read_bytes()) if path.exists() else None
    apply(directory, Change("save", (Write(f"{name}.md", memory(name, body), expect),)), now=NOW)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state directory and a memory directory with five changes, made once."""
    root = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEMCTL_STATE_DIR", str(root / "state"))
        directory = str(root / "memory")
        save(directory, "pump", "first\n")
        save(directory, "shelf", "first\n")
        save(directory, "pump", "second\n")
        apply(
            directory,
            Change("forget", (Remove("shelf.md", fingerprint(memory("shelf", "first\n"))),)),
            now=NOW,
        )
        save(directory, "pump", "third\n")
    return root


@pytest.fixture
def directory(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    shutil.copytree(made / "memory", tmp_path / "memory")
    monkeypatch.setenv("MEMCTL_STATE_DIR", str(tmp_path / "state"))
    key = {store.name for store in (made / "state" / "stores").iterdir()}.pop()
    target = places.store_state(str(tmp_path / "memory"))
    shutil.copytree(made / "state" / "stores" / key, target)
    return str(tmp_path / "memory")


class Repository:
    """The repository of a history, and ways to damage it."""

    def __init__(self, directory: str) -> None:
        self.path = Path(commits.git_dir(directory))

    def object(self, spec: str) -> Path:
        name = git.run(str(self.path), "rev-parse", spec).decode().strip()
        return self.path / "objects" / name[:2] / name[2:]

    def pack(self, kind: str) -> Path:
        git.run(str(self.path), "gc", "--quiet")
        return next((self.path / "objects/pack").glob(f"*.{kind}"))


def flip(path: Path) -> None:
    path.chmod(0o600)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 0x40
    path.write_bytes(bytes(raw))


def cut(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def everything(directory: str) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in Path(directory).iterdir()}


def works(directory: str) -> None:
    """The history is whole, and a change can be made, undone and redone."""
    assert repair.verify(directory) == []
    before = everything(directory)
    save(directory, "rain", "falls\n")
    going_back.undo(door(directory), now=NOW)
    assert everything(directory) == before
    going_back.redo(door(directory), now=NOW)
    assert repair.verify(directory) == []


FRAME: dict[str, Callable[[Path], object]] = {
    "HEAD is empty": lambda at: (at / "HEAD").write_text(""),
    "HEAD is missing": lambda at: (at / "HEAD").unlink(),
    "the branch is empty": lambda at: (at / "refs/heads/main").write_text(""),
    "the branch is missing": lambda at: (at / "refs/heads/main").unlink(),
    "the branch is garbage": lambda at: (at / "refs/heads/main").write_text("garbage\n"),
    "the branch names nothing": lambda at: (at / "refs/heads/main").write_text("f" * 40 + "\n"),
    "branch and stats are missing": lambda at: [
        (at / "refs/heads/main").unlink(),
        (at.parent / "seen").unlink(),
    ],
    "no refs": lambda at: shutil.rmtree(at / "refs"),
    "no config": lambda at: (at / "config").unlink(),
    "locks": lambda at: [
        (at / f"{name}.lock").write_text("") for name in ("HEAD", "refs/heads/main", "packed-refs", "config")
    ],
}


@pytest.mark.parametrize("harm", FRAME.values(), ids=FRAME)
def test_what_stands_around_the_objects_is_made_anew_by_the_next_command(
    directory: str, harm: Callable[[Path], object]
) -> None:
    tip, at = history.tip(directory), Repository(directory).path
    harm(at)
    assert record_outside(directory, now=NOW) == ()
    assert history.tip(directory) == tip
    assert len(history.log(directory)) == 5
    works(directory)
    assert list(at.parent.glob("history.git.*")) == []


OBJECTS: dict[str, tuple[Callable[[Repository], object], int, str]] = {
    "old blob": (lambda r: flip(r.object("main~4:pump.md")), 5, "the version of pump.md at save"),
    "old blob, gone": (lambda r: r.object("main~3:shelf.md").unlink(), 5, "the version of shelf.md at save"),
    "old blob, cut": (lambda r: cut(r.object("main~3:shelf.md")), 5, "the version of shelf.md at save"),
    "current blob": (lambda r: flip(r.object("main:pump.md")), 5, ""),
    "old list of files": (lambda r: flip(r.object("main~2^{tree}")), 4, "what the files were at save"),
    "last list of files": (lambda r: flip(r.object("main^{tree}")), 4, "what the files were at save"),
    "old commit": (lambda r: flip(r.object("main~2")), 4, "the change "),
    "old commit, gone": (lambda r: r.object("main~2").unlink(), 4, "the change "),
    "last commit": (lambda r: flip(r.object("main")), 4, "the last change"),
    "last commit, cut": (lambda r: cut(r.object("main")), 4, "the last change"),
    "pack": (lambda r: flip(r.pack("pack")), 1, "?"),
    "pack index": (lambda r: flip(r.pack("idx")), 5, ""),
    "pack index, cut": (lambda r: cut(r.pack("idx")), 5, ""),
    "pack index, gone": (lambda r: r.pack("idx").unlink(), 5, ""),
    "pack, cut": (lambda r: cut(r.pack("pack")), 0, "all of it"),
    "config": (lambda r: (r.path / "config").write_bytes(b"\xff garb[age"), 5, ""),
    "another ref": (lambda r: (r.path / "refs/heads/x").write_text("garbage\n"), 5, ""),
}
"""What is harmed -> how, how many changes are left at least, and what is said to be lost."""


@pytest.mark.parametrize(("harm", "left", "lost"), OBJECTS.values(), ids=OBJECTS)
def test_damage_costs_what_it_hit_and_not_the_history(
    directory: str, harm: Callable[[Repository], object], left: int, lost: str
) -> None:
    repository, before = Repository(directory), everything(directory)
    harm(repository)
    bytes_before = {p: p.read_bytes() for p in repository.path.rglob("*") if p.is_file()}
    assert repair.verify(directory) != []
    named = repair.lost(directory)
    if lost != "?":  # what a byte of a pack is of depends on how git packed it
        assert any(lost in sentence for sentence in named) if lost else named == []
    done = repair.repair(directory)
    assert done is not None
    assert list(done.lost) == named
    assert done.moved is not None
    kept = {
        repository.path / p.relative_to(done.moved): p.read_bytes()
        for p in Path(done.moved).rglob("*")
        if p.is_file()
    }
    assert {p: kept.get(p) for p in bytes_before} == bytes_before
    assert len(history.log(directory)) == done.commits >= left
    assert everything(directory) == before
    works(directory)
    assert repair.repair(directory) is None


def test_a_lost_version_is_never_given_for_the_text(directory: str) -> None:
    flip(Repository(directory).object("main~4:pump.md"))
    repair.repair(directory)
    assert [r.files for r in history.log(directory)][-1] == ("MEMORY.md", "pump.md")
    with pytest.raises(NotFound, match=r"this version of pump\.md was lost"):
        history.show(directory, "pump.md", "@~4")
    assert history.show(directory, "pump.md", "@~2") == memory("pump", "second\n")
    going_back.undo(door(directory), 2, now=NOW)
    before = everything(directory)
    with pytest.raises(NotFound, match="was lost"):  # what the change found is what is lost
        going_back.undo(door(directory), now=NOW)
    assert everything(directory) == before
    going_back.redo(door(directory), 2, now=NOW)


def test_what_is_newer_than_the_damage_is_read_and_undone_before_any_repair(directory: str) -> None:
    Repository(directory).object("main~3").unlink()
    found, damage = history.readable(directory)
    assert [r.verb for r in found][:2] == ["save", "forget"]
    assert isinstance(damage, Damaged)
    assert "+third" in history.diff(directory)
    going_back.undo(door(directory), now=NOW)
    assert Path(directory, "pump.md").read_bytes() == memory("pump", "second\n")
    save(directory, "rain", "falls\n")


def test_older_changes_are_reached_across_a_gap_and_no_undo_crosses_it(directory: str) -> None:
    Repository(directory).object("main~2").unlink()
    repair.repair(directory)
    assert [r.verb for r in history.log(directory)] == ["save", "outside", "save", "save"]
    assert history.show(directory, "pump.md", "@~3") == memory("pump", "first\n")
    assert "lost here, up to forget" in history.log(directory)[1].why
    going_back.undo(door(directory), now=NOW)
    assert Path(directory, "pump.md").read_bytes() == memory("pump", "second\n")


@pytest.mark.parametrize("name", ["git~1", "gitmod~1", ".GIT ", "con"])
def test_a_name_that_git_would_not_check_out_is_no_damage(directory: str, name: str) -> None:
    folder = Path(directory, name)
    folder.mkdir()
    (folder / "a.md").write_bytes(b"x")
    assert record_outside(directory, now=NOW) in ((f"{name}/a.md",), ())
    assert repair.verify(directory) == []
    flip(Repository(directory).object("main~1^{tree}"))
    assert repair.verify(directory) != []


def test_a_repair_says_what_it_did_and_what_is_lost(directory: str) -> None:
    (Path(directory) / "other.md").write_bytes(memory("other", "x\n"))
    flip(Repository(directory).object("main~4:pump.md"))
    done = fix._repair_history(door(directory), NOW)
    assert "lost: the version of pump.md at save" in done[0]
    assert "was moved to" in done[1]


def test_the_folder_of_every_new_object_is_synced(directory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git syncs the files that it makes, and not the folders that name them."""
    at = Repository(directory).path
    before = {p for p in at.rglob("*") if p.is_file()}
    synced: list[str] = []
    real = places.sync_folder
    monkeypatch.setattr(places, "sync_folder", lambda folder: [synced.append(str(folder)), real(folder)])
    os.makedirs(Path(directory, "deep/er"))
    Path(directory, "deep/er/a.md").write_bytes(b"in a folder of a folder")
    record_outside(directory, now=NOW)
    many = tuple(Write(f"many-{n}.md", memory(f"many-{n}", "x\n")) for n in range(120))
    apply(directory, Change("import", many), now=NOW)
    new = {p for p in at.rglob("*") if p.is_file()} - before
    assert any(p.suffix == ".pack" for p in new), "so many come as a pack"
    assert {str(p.parent).rstrip("/") for p in new} <= {os.path.abspath(folder) for folder in synced}
    assert {str(at / "refs/heads"), str(at / "objects")} <= {os.path.abspath(folder) for folder in synced}


def test_plain_git_finds_nothing_wrong_with_a_repaired_history(directory: str) -> None:
    flip(Repository(directory).object("main~4:pump.md"))
    repair.repair(directory)
    line = ["git", f"--git-dir={commits.git_dir(directory)}", "fsck", "--full", "--strict"]
    assert subprocess.run(line, capture_output=True, check=False).returncode == 0


def test_what_an_older_version_set_aside_as_a_whole_is_joined_once(directory: str) -> None:
    repository = commits.git_dir(directory)
    aside = f"{repository}.damaged-0a1b2c"
    os.rename(repository, aside)
    Path(aside, "HEAD").write_bytes(b"")
    Path(aside, "refs", "heads", "main").write_bytes(b"")
    save(directory, "crane", "new\n")
    before = {path: path.read_bytes() for path in Path(aside).rglob("*") if path.is_file()}
    found = [f for f in doctor.run(directory, now=NOW) if f.id == "history.aside"]
    assert len(found) == 1
    done, failed = fix.fix_outside(door(directory), found, now=NOW)
    assert (failed, "joined 5 changes" in done[0]) == ([], True)
    assert {r.verb for r in history.log(directory, file="shelf.md")} == {"save", "forget"}
    assert history.show(directory, "pump.md", history.log(directory, file="pump.md")[-1].commit)
    assert {path: path.read_bytes() for path in Path(aside).rglob("*") if path.is_file()} == before
    assert [f for f in doctor.run(directory, now=NOW) if f.id.startswith("history.")] == []
    assert [r.verb for r in going_back.plan_undo(directory).steps] == ["save"]
    assert going_back.plan_undo(directory).steps[0].files == ("MEMORY.md", "crane.md")


@pytest.mark.parametrize("ref", ["refs/brought/x", "refs/backups/x"])
def test_another_history_is_not_taken_for_the_own_line(directory: str, ref: str) -> None:
    repository = commits.git_dir(directory)
    last = history.tip(directory)
    said = f"commit {ref}\ncommitter x <x@y> 1990000000 +0000\ndata 1\nx\n\ndone\n"
    git.feed(repository, ["fast-import", "--quiet", "--done", "--date-format=raw"], [said.encode()], None)
    Path(repository, "refs", "heads", "main").unlink()
    Path(places.store_state(directory), "seen").unlink()
    record_outside(directory, now=NOW)
    assert history.tip(directory) == last


def test_what_a_killed_git_left_of_packs_goes_unless_one_runs(directory: str) -> None:
    repository = commits.git_dir(directory)
    packs = Path(repository, "objects", "pack")
    packs.mkdir(exist_ok=True)
    left = packs / "tmp_pack_a1B2c3"
    left.write_bytes(b"PACK")
    mark = Path(repository, "gc.pid")
    mark.write_text(f"{os.getpid()} {socket.gethostname()}\n")
    record_outside(directory, now=NOW)
    assert left.exists()
    mark.unlink()
    record_outside(directory, now=NOW)
    assert not left.exists()


def beyond(directory: str) -> Path:
    """Damage a version; returns the repository."""
    repository = Repository(directory)
    flip(repository.object("main~4:pump.md"))
    return repository.path


@pytest.mark.parametrize("error", [WriteFailed("no space left on device", slug="full"), OSError(28, "full")])
def test_what_the_machine_refuses_throws_no_history_aside(
    directory: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = beyond(directory)
    before = {p: p.read_bytes() for p in repository.rglob("objects/**/*") if p.is_file()}

    def full(*_: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(repair, "salvage", full)
        with pytest.raises(type(error)):
            repair.repair(directory)
    assert {p: p.read_bytes() for p in repository.rglob("objects/**/*") if p.is_file()} == before
    assert [p.name for p in repository.parent.glob("history.git*")] == ["history.git"]


@pytest.mark.parametrize("error", [KeyError("tree"), ValueError("no number"), IndexError("list")])
def test_a_history_beyond_reading_is_named_and_begun_anew(
    directory: str, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository = beyond(directory)

    def malformed(*_: object) -> None:
        raise error

    monkeypatch.setattr(repair, "salvage", malformed)
    monkeypatch.setenv("TMPDIR", "/nowhere")
    assert "all of it" in repair.lost(directory)[0]
    assert [p.name for p in repository.parent.glob("history.git*")] == ["history.git"]
    said = fix._repair_history(door(directory), NOW)
    assert said[0].startswith("a new history was begun; lost: all of it"), said
