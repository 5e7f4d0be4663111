"""Many processes save at once, some are killed, a person edits: what was acknowledged is there."""

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from memctl.domain.change import Change, Write
from memctl.domain.fingerprint import fingerprint
from memctl.errors import Conflict, MemctlError
from memctl.format import drift
from memctl.store.history import records, repair
from memctl.store.write import journal
from memctl.store.write.apply import apply
from memctl.store.write.journal import kept
from memctl.store.write.recovery import finish
from tests.faults.scenes import NOW, files_of, index_of, memory

WRITERS = 20
SAVES, VERSIONS = (50, 5) if os.environ.get("MEMCTL_FULL") else (6, 2)


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MEMCTL_STATE_DIR", str(tmp_path / "state"))
    return str(tmp_path / "memory")


def fork(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(70)
        os._exit(0)
    return child


def acknowledge(log: Path, line: str) -> None:
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, line.encode() + b"\n")
    os.close(handle)


def lines(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


def save(directory: str, name: str, expect: str | None = None, body: str = "The fact.\n") -> None:
    apply(directory, Change("save", (Write(f"{name}.md", memory(name, body), expect),)), now=NOW, wait=30)


def saver(directory: str, log: Path, number: int, begin: int) -> None:
    for n in range(begin, SAVES):
        name = f"w{number:02d}-{n:03d}"
        try:
            save(directory, name)
        except MemctlError as error:
            if "exists" not in error.message:  # a killed predecessor had it written, recovery finished it
                raise
        acknowledge(log, name)


def check_all(directory: str, wanted: set[str]) -> None:
    finish(directory, now=NOW, wait=30)
    found = files_of(directory)
    for name in wanted:
        assert found[f"{name}.md"] == memory(name)
    for file, content in found.items():
        assert content == memory(file.removesuffix(".md"))
    assert [f.message for f in drift.check(index_of(directory), found)] == []
    assert not [n for n in Path(directory).iterdir() if n.name.startswith(".")]
    assert journal.names(directory) == []
    assert kept(directory) == []
    assert repair.verify(directory) == []
    held = records.contents(directory, records.tip(directory), tuple(found))
    assert held == found


def test_writers_that_are_killed_at_random(directory: str, tmp_path: Path) -> None:
    log, kills = tmp_path / "acknowledged", 0
    pick = random.Random(1)
    running: dict[int, tuple[int, int]] = {}

    def start(number: int, begin: int) -> None:
        running[fork(lambda: saver(directory, log, number, begin))] = (number, begin)

    def next_of(number: int) -> int:
        mine = [line for line in lines(log) if line.startswith(f"w{number:02d}-")]
        return len(mine)

    for number in range(WRITERS):
        start(number, 0)
    while running:
        time.sleep(0.02)
        if kills < WRITERS * SAVES // 5:
            victim = pick.choice(sorted(running))
            os.kill(victim, signal.SIGKILL)
        for child in list(running):
            done, status = os.waitpid(child, os.WNOHANG)
            if not done:
                continue
            number, _ = running.pop(child)
            if os.WIFSIGNALED(status):
                kills += 1
                start(number, next_of(number))
            else:
                assert os.waitstatus_to_exitcode(status) == 0
    assert kills > 0
    acknowledged = lines(log)
    assert len(acknowledged) == len(set(acknowledged)) == WRITERS * SAVES
    check_all(directory, set(acknowledged))


def test_every_acknowledged_version_of_one_name_is_in_the_history(directory: str, tmp_path: Path) -> None:
    log = tmp_path / "acknowledged"
    save(directory, "shared", body="0\n")

    def work(number: int) -> None:
        for n in range(VERSIONS):
            body = f"writer {number} version {n}\n"
            while True:
                raw = Path(directory, "shared.md").read_bytes()
                try:
                    save(directory, "shared", fingerprint(raw), body)
                except Conflict:
                    continue
                acknowledge(log, body.strip())
                break

    children = [fork(lambda number=number: work(number)) for number in range(WRITERS)]
    assert [os.waitstatus_to_exitcode(os.waitpid(c, 0)[1]) for c in children] == [0] * WRITERS
    versions = [
        records.show(directory, "shared.md", record.commit).decode() for record in records.log(directory)
    ]
    assert len(versions) == WRITERS * VERSIONS + 1
    for body in lines(log):
        assert sum(body + "\n" in version for version in versions) == 1


@pytest.mark.parametrize("way", ["append", "rewrite", "replace"])
def test_hand_edits_while_savers_run(
    directory: str, tmp_path: Path, way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A person writes lines into the index, and into a memory, in three ways that editors have.

    An editor that overwrites takes out pointers it has never seen; the next save puts them back. No line in
    a memory is lost, and at most 2 % of those in the index: an editor that has the file open, empties it
    and is then not scheduled for longer than a save lasts writes into a file that has no name any more.
    """
    log = tmp_path / "acknowledged"
    save(directory, "mine")
    running = {fork(lambda number=number: saver(directory, log, number, 0)) for number in range(4)}
    wanted = []
    pick = random.Random(2)
    while running:
        line = f"a line by hand, number {len(wanted)}"
        edit(Path(directory, "MEMORY.md"), way, line + "\n")
        edit(Path(directory, "mine.md"), way, line + "\n")
        wanted.append(line)
        time.sleep(pick.random() * 0.01)
        for child in list(running):
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                assert os.waitstatus_to_exitcode(status) == 0
                running.remove(child)
    save(directory, "last")
    text, found = index_of(directory), files_of(directory)
    assert len(wanted) > 10
    assert [line for line in wanted if line + "\n" not in found["mine.md"].decode()] == []
    gone = [line for line in wanted if line + "\n" not in text]
    assert len(gone) <= len(wanted) * 0.02, gone
    assert {f"{name}.md" for name in lines(log)} <= set(found)
    assert [f.message for f in drift.check(text, found) if f.id != "index.over-budget"] == []
    with capsys.disabled():
        print(f"\nindex, {way}: {len(gone)} of {len(wanted)} lines lost", end="")


def edit(path: Path, way: str, line: str) -> None:
    if way == "append":
        with open(path, "a") as opened:
            opened.write(line)
        return
    text = path.read_text() + line
    if way == "rewrite":
        path.write_text(text)
    else:
        beside = path.with_name(".edit.swp")
        beside.write_text(text)
        beside.rename(path)
