"""The history: who, what, when; older versions; damage is said, not hidden."""

import os
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memctl.domain.change import Change, Remove, Write
from memctl.domain.fingerprint import fingerprint
from memctl.errors import Conflict, Damaged, MemctlError, NotFound, Refused, UsageError
from memctl.format import topic
from memctl.services.write import undo as going_back
from memctl.store.history import git, repair
from memctl.store.history import records as history
from memctl.store.history.seen import Seen
from memctl.store.write.apply import apply, record_outside
from tests.kit.doors import door

NOW = 1_790_000_000.0


def memory(name: str, body: str = "The fact.\n") -> bytes:
    return topic.encode(name, f"what {name} is about", body, {"type": "user"})


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MEMCTL_STATE_DIR", str(tmp_path / "state"))
    return str(tmp_path / "memory")


def save(directory: str, name: str, body: str = "The fact.\n", now: float = NOW, **about: object) -> None:
    path = Path(directory, f"{name}.md")
    expect = fingerprint(path.read_bytes()) if path.exists() else None
    operation = Write(f"{name}.md", memory(name, body), expect)
    apply(directory, Change("save", (operation,), **about), now=now)  # type: ignore[arg-type]


def test_a_record_says_who_in_which_session_and_why(directory: str) -> None:
    save(directory, "a", actor="claude-code", session="5b0c", why="the person said so")
    (record,) = history.log(directory)
    said = (record.verb, record.actor, record.session, record.why, record.when, record.files)
    assert said == ("save", "claude-code", "5b0c", "the person said so", NOW, ("MEMORY.md", "a.md"))


def test_a_value_cannot_forge_another(directory: str) -> None:
    forged = "x\n\nMemctl-Verb: outside\nMemctl-Actor: person\x00\x1b[31m\u2028Memctl-Session: y"
    save(directory, "a", why=forged, actor="a <b>\nMemctl-Why: z", session="s\r\nMemctl-Change: 1")
    (record,) = history.log(directory)
    assert record.verb == "save"
    assert record.actor == "a <b> Memctl-Why: z"
    assert record.session == "s Memctl-Change: 1"
    assert record.why.startswith("x Memctl-Verb: outside")
    assert len(record.change) == 16


names = st.text(st.characters(exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=40)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(name=names, content=st.binary(max_size=200))
def test_any_name_and_any_bytes_are_held(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes
) -> None:
    file = name + ".md"
    if file.startswith(".") or len(os.fsencode(file)) > 255 or file.lower() == "memory.md":
        return
    root = tmp_path_factory.mktemp("names")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEMCTL_STATE_DIR", str(root / "state"))
        directory = str(root / "memory")
        os.makedirs(directory)
        Path(directory, file).write_bytes(content)
        assert record_outside(directory, now=NOW) == (file,)
        assert record_outside(directory, now=NOW) == ()
        (record,) = history.log(directory, file=file)
        assert record.files == (file,)
        assert history.show(directory, file, "@") == content


def test_names_that_are_no_text(directory: str) -> None:
    os.makedirs(directory)
    file = os.fsdecode(b'\xff\xfe "quoted\\ \n\t.md')
    Path(directory, file).write_bytes(b"x")
    record_outside(directory, now=NOW)
    assert history.log(directory)[0].files == (file,)
    assert history.show(directory, file, "@") == b"x"


def test_references(directory: str) -> None:
    for number in range(3):
        save(directory, "a", f"version {number}\n", now=NOW + number * 86_400)
    commits = [record.commit for record in history.log(directory)]
    wanted = {
        "@": 0, "HEAD": 0, "@~0": 0, "@~": 1, "@^": 1, "@~1": 1, "HEAD~2": 2, "@^^": 2,
        commits[1]: 1, commits[1][:8]: 1, commits[2][:10].upper(): 2,
        "2026-09-22": 1, "2026-09-23T00:00:00+00:00": 1, "2100-01-01": 0,
    }  # fmt: skip
    assert {ref: commits.index(history.resolve(directory, ref)) for ref in wanted} == wanted


@pytest.mark.parametrize(
    "ref",
    ["@~9", "ffffffff", "1999-01-01", "@~99999999999", "no", "", "--all", "@{1}", "main", ":/save"],
)
def test_references_to_nothing(directory: str, ref: str) -> None:
    save(directory, "a")
    wrong = NotFound if ref[:1] in "@f1" and ref not in ("", "@{1}") else UsageError  # none of its forms
    with pytest.raises(wrong):
        history.resolve(directory, ref)
    if ref != "1999-01-01":  # what changed since then is everything
        with pytest.raises(wrong):
            history.diff(directory, ref)


def test_limits_and_one_file(directory: str) -> None:
    for name in ("a", "b", "a"):
        save(directory, name, os.urandom(4).hex())
    assert len(history.log(directory, 2)) == 2
    assert len(history.log(directory, file="a.md")) == 2
    assert history.log(directory, file="nothing.md") == []
    assert history.log(directory, file="*.md") == []


def test_before_anything_is_recorded(directory: str) -> None:
    assert history.log(directory) == []
    assert history.diff(directory) == ""
    assert repair.verify(directory) == []
    with pytest.raises(NotFound):
        history.show(directory, "a.md", "@")
    with pytest.raises(NotFound):
        going_back.undo(door(directory), now=NOW)


def test_damage_is_said_and_nothing_is_written(directory: str) -> None:
    save(directory, "a")
    repository = Path(history.git_dir(directory))
    for path in (repository / "objects").glob("??/*"):
        path.chmod(0o600)
        path.write_bytes(b"garbage")
    assert repair.verify(directory) != []
    before = {p.name: p.read_bytes() for p in Path(directory).iterdir()}
    with pytest.raises(Damaged) as error:
        save(directory, "b")
    assert error.value.code == 7
    assert str(repository) in error.value.message
    assert "doctor --fix" in (error.value.hint or "")
    assert {p.name: p.read_bytes() for p in Path(directory).iterdir()} == before
    done = repair.repair(directory)
    assert done is not None
    assert done.lost == ("all of it",)
    save(directory, "b")
    assert Path(done.moved or "").is_dir()
    assert [record.verb for record in history.log(directory)] == ["save", "outside"]


def test_a_lock_of_a_killed_git_does_not_block(directory: str) -> None:
    save(directory, "a")
    repository = Path(history.git_dir(directory))
    (repository / "refs/heads/main.lock").write_text("")
    (repository / "HEAD.lock").write_text("")
    save(directory, "b")
    assert len(history.log(directory)) == 2


@pytest.mark.parametrize("harm", ["gone", "torn", "zeros", "other", "junk"])
def test_the_record_of_stats_is_disposable(directory: str, harm: str) -> None:
    save(directory, "a")
    seen = Path(history.git_dir(directory)).parent / "seen"
    whole = seen.read_bytes()
    save(directory, "b")
    damaged = {
        "torn": seen.read_bytes()[:-20], "zeros": seen.read_bytes() + b"\0" * 40,
        "other": whole, "junk": b"\xff" * 500,
    }  # fmt: skip
    if harm == "gone":
        seen.unlink()
    else:
        seen.write_bytes(damaged[harm])
    assert record_outside(directory, now=NOW) == ()
    Path(directory, "a.md").write_bytes(b"by hand")
    assert record_outside(directory, now=NOW) == ("a.md",)
    assert Seen(str(seen)).load(history.tip(directory))


def test_an_edit_within_the_same_tick_is_seen(directory: str) -> None:
    save(directory, "a")
    path = Path(directory, "a.md")
    stat = path.stat()
    with path.open("r+b") as opened:
        opened.write(b"===")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert record_outside(directory, now=NOW) == ("a.md",)


def test_git_packs_it_and_nothing_is_lost(directory: str) -> None:
    for number in range(12):
        save(directory, "a", f"version {number}\n")
    repository = history.git_dir(directory)
    git.run(repository, "gc", "--quiet", "--prune=now")
    save(directory, "a", "after\n")
    assert repair.verify(directory) == []
    assert len(history.log(directory)) == 13
    assert history.show(directory, "a.md", "@~12") == memory("a", "version 0\n")


def test_a_file_that_cannot_be_read_is_not_taken_for_removed(
    directory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(directory, "a")
    real = os.open

    def denied(path: object, *rest: object, **named: object) -> int:
        if str(path).endswith("a.md"):
            raise PermissionError(13, "Permission denied")
        return real(path, *rest, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", denied)
        assert record_outside(directory, now=NOW) == ()


def test_the_repository_is_readable_with_plain_git(directory: str) -> None:
    save(directory, "a", why="to show")
    line = ["git", f"--git-dir={history.git_dir(directory)}", "log", "--format=%an %s", "-1"]
    assert (
        subprocess.run(line, capture_output=True, text=True, check=True).stdout
        == "memctl save: MEMORY.md, a.md\n"
    )


def everything(directory: str) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in Path(directory).iterdir()}


def test_undo_walks_back_and_redo_comes_forward(directory: str) -> None:
    states: list[dict[str, bytes]] = [{}]
    for name, body in (("a", "first\n"), ("b", "first\n"), ("a", "second\n"), ("c", "first\n")):
        save(directory, name, body)
        states.append(everything(directory))
    for state in reversed(states[:-1]):
        going_back.undo(door(directory, "codex"), now=NOW)
        assert everything(directory) == state
    with pytest.raises(NotFound, match="there is no change to undo"):
        going_back.undo(door(directory), now=NOW)
    for state in states[1:]:
        going_back.redo(door(directory), now=NOW)
        assert everything(directory) == state
    with pytest.raises(NotFound, match="there is no change to redo"):
        going_back.redo(door(directory), now=NOW)
    assert Counter((r.verb, r.actor) for r in history.log(directory)) == {
        ("save", "memctl"): 4, ("undo", "codex"): 4, ("redo", "memctl"): 4,
    }  # fmt: skip


def test_undo_and_redo_of_several_meet_each_other(directory: str) -> None:
    states: list[dict[str, bytes]] = [{}]
    for name in "abcd":
        save(directory, name)
        states.append(everything(directory))
    for turn, steps, left in (
        (going_back.undo, 3, 1), (going_back.redo, 1, 2), (going_back.undo, 2, 0), (going_back.redo, 4, 4),
        (going_back.undo, 1, 3), (going_back.undo, 1, 2), (going_back.redo, 2, 4),
    ):  # fmt: skip
        turn(door(directory), steps, now=NOW)
        assert everything(directory) == states[left]
    with pytest.raises(NotFound, match="only 4 changes can be undone"):
        going_back.undo(door(directory), 5, now=NOW)
    assert everything(directory) == states[4]


def test_a_new_change_ends_what_can_be_redone_and_nothing_is_lost(directory: str) -> None:
    for name in "ab":
        save(directory, name)
    going_back.undo(door(directory), now=NOW)
    Path(directory, "by-hand.md").write_bytes(memory("by-hand"))
    going_back.redo(door(directory), now=NOW)  # what others did is no change of memctl's
    going_back.undo(door(directory), now=NOW)
    save(directory, "c")
    with pytest.raises(NotFound):
        going_back.redo(door(directory), now=NOW)
    assert [r.verb for r in history.log(directory)] == [
        "save", "undo", "redo", "outside", "undo", "save", "save",
    ]  # fmt: skip
    going_back.restore(door(directory), ["b"], now=NOW)
    for gone in ("b", "c", "a"):  # b by its restoring: its saving had been taken back before
        going_back.undo(door(directory), now=NOW)
        assert not Path(directory, f"{gone}.md").exists()
    assert "by-hand.md" in everything(directory)


def test_redo_refuses_with_the_diff_of_what_would_be_lost(directory: str) -> None:
    save(directory, "a")
    save(directory, "a", "second\n")
    going_back.undo(door(directory), now=NOW)
    Path(directory, "a.md").write_bytes(memory("a", "by hand\n"))
    with pytest.raises(Conflict) as error:
        going_back.redo(door(directory), now=NOW)
    assert "+by hand" in error.value.message
    assert Path(directory, "a.md").read_bytes() == memory("a", "by hand\n")
    Path(directory, "a.md").write_bytes(memory("a"))
    going_back.redo(door(directory), now=NOW)
    assert Path(directory, "a.md").read_bytes() == memory("a", "second\n")


def test_a_redo_of_the_first_change_is_refused_where_others_wrote_it(directory: str) -> None:
    save(directory, "a")
    going_back.undo(door(directory), now=NOW)
    Path(directory, "a.md").write_bytes(memory("a", "by hand\n"))
    with pytest.raises(Conflict) as error:
        going_back.redo(door(directory), now=NOW)
    assert "+by hand" in error.value.message


def test_undos_of_the_released_version_which_took_back_undos_read_as_what_they_did(directory: str) -> None:
    for name in "ab":
        save(directory, name)
    for name, taken in (("b", 0), ("b", 0), ("b", 0)):  # undo, undo of the undo, undo of that
        last = history.log(directory, 1)[taken]
        there = Path(directory, f"{name}.md").exists()
        operation = Remove("b.md", fingerprint(memory("b"))) if there else Write("b.md", memory("b"))
        why = f"takes back {last.verb} {last.commit[:8]}"
        apply(directory, Change("undo", (operation,), why=why), now=NOW)
    going_back.redo(door(directory), now=NOW)
    assert Path(directory, "b.md").exists()
    for gone in "ba":
        going_back.undo(door(directory), now=NOW)
        assert not Path(directory, f"{gone}.md").exists()
    with pytest.raises(NotFound):
        going_back.undo(door(directory), now=NOW)


def test_undo_of_very_many_files_asks_git_a_few_times(
    directory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(count: int) -> int:
        target = os.path.join(directory, str(count))
        operations = tuple(
            Write(f"memory-with-a-rather-long-name-{n}.md", memory(f"m{n}")) for n in range(count)
        )
        monkeypatch.setattr(os, "fsync", lambda handle: None)
        apply(target, Change("import", operations), now=NOW)
        started = Counter[str]()
        real = subprocess.Popen.__init__

        def counted(self: subprocess.Popen[bytes], line: list[str], *rest: object, **named: object) -> None:
            started["requests"] += 1
            assert sum(map(len, line)) < 10_000, "a command line has a limit"
            real(self, line, *rest, **named)  # type: ignore[misc]

        with monkeypatch.context() as patch:
            patch.setattr(subprocess.Popen, "__init__", counted)
            going_back.undo(door(target), now=NOW)
        assert list(Path(target).glob("*.md")) == []
        return started["requests"]

    assert asked(1_500) == asked(2)


def test_what_changed_since_a_day(directory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day begins at midnight where the person is: at 22:00 UTC it is already the next one in Tokyo."""
    evening = 1_790_028_000.0  # 2026-09-21T22:00:00Z
    for name, now in (("a", evening - 86_400), ("b", evening), ("c", evening + 60)):
        save(directory, name, now=now)
    told = {
        "UTC": {"2026-09-19": "abc", "2026-09-20": "abc", "2026-09-21": "bc", "2026-09-22": ""},
        "Asia/Tokyo": {"2026-09-20": "abc", "2026-09-21": "abc", "2026-09-22": "bc", "2026-09-23": ""},
    }
    monkeypatch.setenv("TZ", "UTC")
    for zone, days in told.items():
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        found = {day: [n for n in "abc" if f"+++ b/{n}.md" in history.diff(directory, day)] for day in days}
        assert {day: "".join(names) for day, names in found.items()} == days
    last = history.resolve(directory, "2026-09-22")
    assert (last, history.resolve(directory, "2026-09-21")) == (
        history.tip(directory), history.log(directory)[2].commit,
    )  # fmt: skip
    assert "+++ b/c.md" in history.diff(directory, "2026-09-21T22:00:30Z")
    assert "+++ b/b.md" not in history.diff(directory, "2026-09-21T22:00:30Z")
    monkeypatch.undo()
    time.tzset()


def test_undo_keeps_what_others_wrote_into_the_index(directory: str) -> None:
    save(directory, "a")
    save(directory, "b")
    index = Path(directory, "MEMORY.md")
    index.write_text(index.read_text() + "\nA note by hand.\n")
    going_back.undo(door(directory), now=NOW)
    assert index.read_text() == "# Memory Index\n\n- [A](a.md) — what a is about\n\nA note by hand.\n"


def test_undo_refuses_with_the_diff_of_what_would_be_lost(directory: str) -> None:
    save(directory, "a")
    save(directory, "a", "second\n")
    Path(directory, "a.md").write_bytes(memory("a", "by hand\n"))
    with pytest.raises(Conflict) as error:
        going_back.undo(door(directory), now=NOW)
    assert "-second" in error.value.message
    assert "+by hand" in error.value.message
    assert Path(directory, "a.md").read_bytes() == memory("a", "by hand\n")


def test_restore(directory: str) -> None:
    save(directory, "a", "first\n")
    save(directory, "a", "second\n")
    remove = Remove("a.md", fingerprint(memory("a", "second\n")))
    apply(directory, Change("forget", (remove,)), now=NOW)
    assert going_back.restore(door(directory), ["a"], now=NOW)[0] == ["a.md"]
    assert Path(directory, "a.md").read_bytes() == memory("a", "second\n")
    assert "(a.md)" in Path(directory, "MEMORY.md").read_text()
    with pytest.raises(Refused):
        going_back.restore(door(directory), ["a"], now=NOW)
    going_back.restore(door(directory), ["A"], "@~3", now=NOW)
    assert Path(directory, "a.md").read_bytes() == memory("a", "first\n")
    with pytest.raises(NotFound):
        going_back.restore(door(directory), ["nothing"], now=NOW)


def blob_path(directory: str, file: str) -> Path:
    repository = history.git_dir(directory)
    name = git.run(repository, "rev-parse", f"main:{file}").decode().strip()
    return Path(repository, "objects", name[:2], name[2:])


@pytest.mark.parametrize("harm", ["gone", "cut", "garbage", "empty"])
def test_a_version_that_is_lost_is_damage_and_no_crash(directory: str, harm: str) -> None:
    for body in ("The first fact.\n", "The second fact.\n", "The third fact.\n"):
        save(directory, "a", body)
    lost = blob_path(directory, "a.md")
    lost.chmod(0o600)
    whole = lost.read_bytes()
    if harm == "gone":
        lost.unlink()
    else:
        lost.write_bytes({"cut": whole[: len(whole) // 2], "garbage": b"garbage", "empty": b""}[harm])
    before = Path(directory, "a.md").read_bytes()
    for attempt in (
        lambda: history.show(directory, "a.md", "@"),
        lambda: going_back.undo(door(directory), 2, now=NOW),
    ):
        with pytest.raises(Damaged) as error:
            attempt()
        assert "doctor --fix" in (error.value.hint or "")
    assert Path(directory, "a.md").read_bytes() == before
    assert repair.verify(directory) != []
    assert b"first" in history.show(directory, "a.md", "@~2")


def test_a_commit_that_is_lost_is_damage_and_not_a_wrong_reference(directory: str) -> None:
    for body in ("The first fact.\n", "The second fact.\n", "The third fact.\n"):
        save(directory, "a", body)
    repository = history.git_dir(directory)
    name = git.run(repository, "rev-parse", "main~1").decode().strip()
    Path(repository, "objects", name[:2], name[2:]).unlink()
    for reference in ("@~1", "@~2", "@^^"):
        with pytest.raises(Damaged):
            history.show(directory, "a.md", reference)
    with pytest.raises(Damaged):
        going_back.undo(door(directory), 2, now=NOW)


TRANSIENT = [
    "fatal: unable to create thread: Resource temporarily unavailable",
    "error: could not read 0123: Cannot allocate memory",
    "error: unable to open objects/pack: Too many open files",
    "fatal: Out of memory, malloc failed (tried to allocate 64 bytes)",
    "error: could not read objects/12/34: Input/output error",
    "",
]


@pytest.mark.parametrize("said", TRANSIENT)
@pytest.mark.parametrize("code", [1, 4, 128, 137])
def test_a_check_that_fails_for_other_reasons_says_nothing_of_damage(
    directory: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, code: int
) -> None:
    save(directory, "a")
    real = git.required()
    folder = tmp_path / "bin"
    folder.mkdir()
    fake = folder / "git"
    fake.write_text(
        f'#!/bin/sh\ncase " $* " in *" fsck "*) echo "{said}" >&2; exit {code};; esac\nexec {real} "$@"\n'
    )
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    with pytest.raises(MemctlError) as error:
        repair.verify(directory)
    assert not isinstance(error.value, Damaged)
    assert "could not be checked" in error.value.message
