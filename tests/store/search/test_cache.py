"""The search cache: right after every change, whatever happened to its file, and never in anyone's way."""

import errno
import multiprocessing
import os
import sqlite3
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memctl.services.recall import lexical
from memctl.store.disk import files
from memctl.store.search import freshness, indexer, snapshot, update
from tests.kit.topics import write_topic


@pytest.fixture
def place(tmp_path: Path) -> str:
    return str(tmp_path / "cache" / "x.sqlite")


def found(directory: Path, query: str, place: str) -> list[str]:
    return [hit.file for hit in recall(directory, query, place).hits]


def recall(directory: Path | str, query: str, place: str, **more: Any) -> lexical.Answer:
    """A recall whose cache is at `place`."""
    with mock.patch.object(lexical, "cache_file", return_value=place):
        return lexical.recall(str(directory), query, **more)


def test_every_kind_of_change_is_seen(memory_dir: Path, place: str) -> None:
    a = write_topic(memory_dir, "a", "zebra stripes")
    write_topic(memory_dir, "b", "walrus tusks")
    assert found(memory_dir, "zebra stripes", place) == ["a.md"]
    write_topic(memory_dir, "c", "zebra crossing")  # made
    assert sorted(found(memory_dir, "zebra", place)) == ["a.md", "c.md"]
    a.rename(memory_dir / "d.md")  # renamed: same inode, mtime and size
    assert sorted(found(memory_dir, "zebra", place)) == ["c.md", "d.md"]
    write_topic(memory_dir, "c", "giraffe neck", age=500)  # rewritten
    assert found(memory_dir, "zebra", place) == ["d.md"]
    (memory_dir / "d.md").unlink()  # removed
    assert found(memory_dir, "zebra", place) == []
    (memory_dir / "c.md").rename(memory_dir / "keep.md")
    (memory_dir / "b.md").rename(memory_dir / "c.md")
    (memory_dir / "keep.md").rename(memory_dir / "b.md")  # names swapped
    assert found(memory_dir, "walrus tusks", place) == ["c.md"]
    write_topic(memory_dir, "deep/er/e", "zebra foal")  # nested
    assert found(memory_dir, "zebra foal", place) == ["deep/er/e.md"]


def test_a_second_write_in_the_same_tick_is_seen(memory_dir: Path, place: str) -> None:
    path = write_topic(memory_dir, "a", "zebra stripes", age=0)
    before = path.stat()
    assert found(memory_dir, "zebra stripes", place) == ["a.md"]
    with path.open("r+b") as handle:  # same inode, same size, and the clock has not moved
        text = handle.read().replace(b"zebra", b"hippo")
        handle.seek(0)
        handle.write(text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert found(memory_dir, "hippo stripes", place) == ["a.md"]
    assert found(memory_dir, "zebra", place) == []


def test_the_indexs_words_count_and_their_change_is_seen(memory_dir: Path, place: str) -> None:
    write_topic(memory_dir, "a", "release steps")
    write_topic(memory_dir, "b", "other things")
    index = memory_dir / "MEMORY.md"
    index.write_text("- [Rollout](a.md) — how canary traffic is shifted\n")
    assert found(memory_dir, "canary traffic", place) == ["a.md"]
    index.write_text("- [Rollout](b.md) — how canary traffic is shifted\n")
    assert found(memory_dir, "canary traffic", place) == ["b.md"]
    index.unlink()
    assert found(memory_dir, "canary traffic", place) == []


def _garbage(path: Path) -> None:
    path.write_bytes(b"not a database" * 1000)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def _scramble(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096 : len(data) - 4096] = b"\xa5" * (len(data) - 8192)
    path.write_bytes(data)


def _other_version(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("update meta set value = 'another'")
    db.close()


def _no_state(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("delete from state")
    db.close()


def _bad_state(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("update state set digest = 'x', lengths = 'not bytes', racy = 5")
    db.close()


def _foreign_tables(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as db:
        db.execute("create table meta(key, value, more)")
    db.close()


def _planted_journal(path: Path) -> None:
    Path(f"{path}-journal").write_bytes(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7" + b"\0" * 600)
    path.write_bytes(b"")


@pytest.mark.parametrize(
    "damage",
    [_garbage, _cut, _scramble, _other_version, _no_state, _bad_state, _foreign_tables, _planted_journal,
     Path.unlink, lambda path: path.write_bytes(b"")],
)  # fmt: skip
def test_a_damaged_cache_is_rebuilt(memory_dir: Path, place: str, damage: Callable[[Path], None]) -> None:
    write_topic(memory_dir, "a", "zebra stripes", "where zebras live")
    assert found(memory_dir, "zebra stripes", place) == ["a.md"]
    damage(Path(place))
    assert found(memory_dir, "zebra stripes", place) == ["a.md"]
    assert found(memory_dir, "zebra stripes", place) == ["a.md"]
    assert [
        name for name in os.listdir(os.path.dirname(place)) if name not in ("x.sqlite", "x.sqlite.lock")
    ] == []


def test_a_link_in_the_place_of_the_cache_is_replaced_and_not_followed(
    memory_dir: Path, place: str, tmp_path: Path
) -> None:
    write_topic(memory_dir, "a", "zebra stripes")
    target = tmp_path / "precious"
    target.write_text("precious")
    os.makedirs(os.path.dirname(place))
    os.symlink(target, place)
    assert found(memory_dir, "zebra stripes", place) == ["a.md"]
    assert target.read_text() == "precious"
    assert not os.path.islink(place)


@pytest.mark.parametrize("where", ["under-a-file", "a-directory", "/proc/none/x.sqlite"])
def test_without_a_place_to_write_recall_works(memory_dir: Path, tmp_path: Path, where: str) -> None:
    write_topic(memory_dir, "a", "zebra stripes")
    (tmp_path / "file").write_text("")
    (tmp_path / "dir").mkdir()
    place = {"under-a-file": str(tmp_path / "file" / "x"), "a-directory": str(tmp_path / "dir")}.get(
        where, where
    )
    for _ in range(2):
        assert found(memory_dir, "zebra stripes", place) == ["a.md"]


@pytest.mark.parametrize("call", ["replace", "open", "mkdir"])
def test_a_full_disk_does_not_stop_recall(
    memory_dir: Path, place: str, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_topic(memory_dir, "a", "zebra stripes")
    real = getattr(os, call)

    def fails(path: object, *rest: object, **more: object) -> object:
        if str(path).startswith(os.path.dirname(place)):
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, *rest, **more)

    monkeypatch.setattr(os, call, fails)
    assert found(memory_dir, "zebra stripes", place) == ["a.md"]
    assert not os.path.exists(place)


def test_what_killed_builders_left_is_removed(memory_dir: Path, place: str) -> None:
    write_topic(memory_dir, "a", "zebra stripes")
    os.makedirs(os.path.dirname(place))
    Path(place + ".0123456789ab").write_bytes(b"half")
    Path(place + ".vectors").write_bytes(b"kept")
    found(memory_dir, "zebra", place)
    assert set(os.listdir(os.path.dirname(place))) == {"x.sqlite", "x.sqlite.lock", "x.sqlite.vectors"}


def test_cache_files_are_private(memory_dir: Path, place: str) -> None:
    write_topic(memory_dir, "a", "zebra stripes")
    old = os.umask(0)
    try:
        found(memory_dir, "zebra", place)
        write_topic(memory_dir, "b", "zebra again")
        found(memory_dir, "zebra", place)
    finally:
        os.umask(old)
    folder = os.path.dirname(place)
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    assert {stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode) for name in os.listdir(folder)} == {
        0o600
    }


def test_reading_touches_nothing_in_the_memory_directory(memory_dir: Path, place: str) -> None:
    write_topic(memory_dir, "a", "zebra stripes")
    before = {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in memory_dir.iterdir()}
    folder = memory_dir.stat().st_mtime_ns
    found(memory_dir, "zebra", place)
    assert {p.name: (p.stat().st_mtime_ns, p.read_bytes()) for p in memory_dir.iterdir()} == before
    assert memory_dir.stat().st_mtime_ns == folder


def test_links_and_other_things_are_named_and_not_read(memory_dir: Path, place: str, tmp_path: Path) -> None:
    write_topic(tmp_path / "outside", "secret", "zebra outside")
    write_topic(memory_dir, "a", "zebra inside")
    (memory_dir / "link.md").symlink_to(tmp_path / "outside" / "secret.md")
    (memory_dir / "folder").symlink_to(tmp_path / "outside")
    (memory_dir / "dir.md").mkdir()
    os.mkfifo(memory_dir / "pipe.md")
    for _ in range(2):
        answer = recall(memory_dir, "zebra", place)
        assert [hit.file for hit in answer.hits] == ["a.md"]
        assert sorted(file for file, _ in answer.problems) == ["dir.md", "link.md", "pipe.md"]


def test_an_unreadable_file_is_named_and_tried_again(
    memory_dir: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_topic(memory_dir, "a", "zebra stripes")
    write_topic(memory_dir, "b", "zebra crossing")
    real = files.read_regular

    def refuse(path: str, *rest: int) -> tuple[bytes, os.stat_result]:
        if path.endswith("b.md"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(files, "read_regular", refuse)
        answer = recall(memory_dir, "zebra", place)
        assert [hit.file for hit in answer.hits] == ["a.md"]
        assert answer.problems == [("b.md", "Permission denied")]
        assert answer.scanned == 2
    assert sorted(found(memory_dir, "zebra", place)) == ["a.md", "b.md"]


def test_a_name_that_is_not_utf8_is_found(memory_dir: Path, place: str) -> None:
    path = write_topic(memory_dir, "plain", "zebra stripes")
    os.rename(path, os.path.join(os.fsencode(memory_dir), b"caf\xe9.md"))
    for _ in range(2):
        hits = recall(memory_dir, "zebra stripes", place).hits
        assert [os.fsencode(hit.file) for hit in hits] == [b"caf\xe9.md"]


def test_the_cache_is_rebuilt_when_most_of_it_is_dead(
    memory_dir: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update, "DEAD_MIN", 3)
    write_topic(memory_dir, "other", "walrus tusks")
    for number in range(1, 13):
        write_topic(memory_dir, "a", f"zebra number{number}", age=1000 + number)
        assert found(memory_dir, f"zebra number{number}", place) == ["a.md"]
        assert found(memory_dir, f"number{number - 1}", place) == []
    with sqlite3.connect(place) as db:
        (highest,) = db.execute("select max(id) from docs").fetchone()
    db.close()
    assert highest <= 7


def test_progress_is_reported_when_indexing_takes_long(
    memory_dir: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "PROGRESS_AFTER", 0.0)
    for number in range(300):
        write_topic(memory_dir, f"m{number}", "zebra stripes")
    seen: list[tuple[int, int]] = []
    recall(memory_dir, "zebra", place, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (256, 300)


def test_many_files_are_indexed_as_few_are(
    memory_dir: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        write_topic(memory_dir, f"m{number}", f"zebra number{number}", f"body{number} text")
    one = found(memory_dir, "zebra number7 body9", place)
    monkeypatch.setattr(snapshot, "MANY", 10)  # on two threads
    assert found(memory_dir, "zebra number7 body9", place + "2") == one
    assert {"m7.md", "m9.md"} <= set(one)


def test_a_failure_on_the_writing_thread_is_not_lost(
    memory_dir: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        write_topic(memory_dir, f"m{number}", "zebra stripes")
    monkeypatch.setattr(snapshot, "MANY", 10)
    monkeypatch.setattr(indexer, "CHUNK", 8)
    real = indexer.RowWriter._write
    calls = []

    def fail_once(self: indexer.RowWriter, *rows: list[tuple[object, ...]]) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise sqlite3.OperationalError("disk I/O error")
        real(self, *rows)  # type: ignore[arg-type]

    monkeypatch.setattr(indexer.RowWriter, "_write", fail_once)
    answer = recall(memory_dir, "zebra stripes", place, limit=100)
    assert len(answer.hits) == 40


class TestShortcut:
    """Above many files the folders' mtimes stand for the listing, for a while."""

    @pytest.fixture(autouse=True)
    def _low(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(freshness, "SHORTCUT_MIN", 3)

    @pytest.fixture
    def settled(self, memory_dir: Path, place: str) -> Path:
        for number in range(5):
            write_topic(memory_dir, f"m{number}", f"zebra number{number}")
        old = time.time() - 100
        os.utime(memory_dir, (old, old))
        assert recall(memory_dir, "zebra", place).swept
        return memory_dir

    def edit_in_place(self, path: Path, old: str, new: str) -> None:
        folder = path.parent.stat()
        with path.open("r+") as handle:
            text = handle.read().replace(old, new)
            handle.seek(0)
            handle.write(text)
        assert path.parent.stat().st_mtime_ns == folder.st_mtime_ns

    def test_is_taken_and_said(self, settled: Path, place: str) -> None:
        answer = recall(settled, "zebra number2", place)
        assert answer.hits[0].file == "m2.md"
        assert not answer.swept

    def test_sees_what_moves_the_folder(self, settled: Path, place: str) -> None:
        write_topic(settled, "new", "walrus tusks")
        assert found(settled, "walrus tusks", place) == ["new.md"]

    def test_never_returns_a_file_that_changed(self, settled: Path, place: str) -> None:
        self.edit_in_place(settled / "m2.md", "number2", "hippo22")
        assert "m2.md" not in found(settled, "number2", place)
        assert found(settled, "hippo22", place) == ["m2.md"]

    def test_freshen_finds_what_was_edited_in_place(self, settled: Path, place: str) -> None:
        self.edit_in_place(settled / "m2.md", "number2", "hippo22")
        assert found(settled, "hippo22", place) == []  # the stated limit
        with mock.patch.object(lexical, "cache_file", return_value=place):
            lexical.freshen(str(settled))
        assert found(settled, "hippo22", place) == ["m2.md"]

    def test_expires(self, settled: Path, place: str) -> None:
        self.edit_in_place(settled / "m2.md", "number2", "hippo22")
        later = time.time() + freshness.SHORTCUT_SECONDS + 1
        answer = recall(settled, "hippo22", place, now=later)
        assert [hit.file for hit in answer.hits] == ["m2.md"]


FILES = st.sampled_from(["a", "b", "c", "sub/d"])
WORDS = st.sampled_from(["zebra", "walrus", "hippo", "deploy server", "数据库"])
STEP = st.one_of(
    st.tuples(st.just("write"), FILES, WORDS),
    st.tuples(st.just("append"), FILES, WORDS),
    st.tuples(st.just("remove"), FILES, WORDS),
    st.tuples(st.just("rename"), FILES, FILES),
    st.tuples(st.just("point"), FILES, WORDS),
    st.tuples(st.just("recall"), FILES, WORDS),
)


def _step(directory: Path, kind: str, name: str, word: str) -> None:
    path = directory / f"{name}.md"
    if kind == "write":
        write_topic(directory, name, word, "body", age=0)
    elif kind == "append" and path.exists():
        with path.open("a") as handle:
            handle.write(word)
    elif kind == "remove":
        path.unlink(missing_ok=True)
    elif kind == "rename" and path.exists():
        (directory / f"{word}.md").parent.mkdir(exist_ok=True)
        path.rename(directory / f"{word}.md")
    elif kind == "point":
        (directory / "MEMORY.md").write_text(f"- [x]({name}.md) — {word}\n")


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(STEP, max_size=12))
def test_the_cache_always_answers_as_a_new_one_would(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, str]]
) -> None:
    root = tmp_path_factory.mktemp("model")
    directory, place = root / "memory", str(root / "cache" / "x.sqlite")
    directory.mkdir()
    for kind, name, word in steps:
        _step(directory, kind, name, word)
        for query in ("zebra", "walrus hippo", "deploying servers", "数据库"):
            cached = recall(directory, query, place)
            fresh = recall(directory, query, "/proc/none")
            assert [hit.file for hit in cached.hits] == [hit.file for hit in fresh.hits]
            assert [hit.fingerprint for hit in cached.hits] == [hit.fingerprint for hit in fresh.hits]
            assert cached.scanned == fresh.scanned


def _reader(directory: str, place: str, stop: str, out: "multiprocessing.Queue[str]") -> None:
    wrong = 0
    for _ in range(60):
        hits = recall(directory, "constant zebra", place).hits
        wrong += "steady.md" not in [hit.file for hit in hits]
        if os.path.exists(stop):
            break
    out.put(f"wrong {wrong}")


def _writer(directory: str, place: str, number: int) -> None:
    for turn in range(12):
        write_topic(Path(directory), f"w{number}", f"moving walrus turn{turn}", age=0)
        recall(directory, f"walrus turn{turn}", place)
        if turn % 5 == 4 and number == 0:
            os.unlink(place)  # deleted at any moment


def test_readers_and_writers_at_the_same_time(memory_dir: Path, place: str, tmp_path: Path) -> None:
    write_topic(memory_dir, "steady", "constant zebra")
    context = multiprocessing.get_context("fork")
    out: multiprocessing.Queue[str] = context.Queue()
    stop = str(tmp_path / "stop")
    readers = [context.Process(target=_reader, args=(str(memory_dir), place, stop, out)) for _ in range(2)]
    writers = [context.Process(target=_writer, args=(str(memory_dir), place, n)) for n in range(3)]
    for process in readers + writers:
        process.start()
    for process in writers:
        process.join()
    Path(stop).touch()
    results = [out.get(timeout=60) for _ in readers]
    for process in readers:
        process.join()
    assert results == ["wrong 0"] * 2
    assert [process.exitcode for process in writers] == [0] * 3
    assert sorted(found(memory_dir, "walrus turn11", place)) == ["w0.md", "w1.md", "w2.md"]


def test_a_table_that_is_gone_is_made_anew(memory_dir: Path, place: str) -> None:
    write_topic(memory_dir, "a", "zebra stripes")
    assert found(memory_dir, "zebra stripes", place) == ["a.md"]
    with sqlite3.connect(place) as db:
        db.execute("drop table queries")
    for _ in range(2):
        assert found(memory_dir, "zebra stripes", place) == ["a.md"]


def test_a_cache_of_another_time_zone_is_made_anew(
    memory_dir: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC-14")
    time.tzset()
    write_topic(memory_dir, "a", "zebra stripes", expires=time.strftime("%Y-%m-%d", time.localtime(0.0)))
    try:
        recall(memory_dir, "zebra stripes", place)
        with sqlite3.connect(place) as db:
            east = db.execute("select value from meta where key = 'made'").fetchone()
        monkeypatch.setenv("TZ", "UTC")
        time.tzset()
        recall(memory_dir, "zebra stripes", place)
        with sqlite3.connect(place) as db:
            assert db.execute("select value from meta where key = 'made'").fetchone() != east
    finally:
        monkeypatch.undo()
        time.tzset()
