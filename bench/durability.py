"""What a durable save costs, and whether it holds when many save at once.

    python bench/durability.py            cost of a save at 100, 1 000 and 10 000 memories
    python bench/durability.py --crowd    20 processes, 10 000 acknowledged saves: lost, torn, refused
    python bench/durability.py --long     10 000 saves one after the other: does the history stay fast?

Costs are in multiples of a bare write + fsync + rename of the same bytes on the same disk, measured in
turn with the saves; medians. `--crowd` ends with 1 unless every acknowledged save is there,
whole, and the history is whole. `--where DIR` chooses the disk. A save here is the library call, without the
start of Python; `bench/latency.py` measures whole commands.
"""

import argparse
import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from memctl.domain.change import Change, Write
from memctl.domain.fingerprint import fingerprint
from memctl.errors import MemctlError
from memctl.format import topic
from memctl.store.history import git, records
from memctl.store.history import repair as history
from memctl.store.memory.listing import scan
from memctl.store.write.apply import apply
from memctl.store.write.recovery import repair

WORDS = "build deploy test index cache token review branch release query shell editor parser budget".split()


def memory(name: str, seed: int) -> bytes:
    """A memory of about 1.6 KB."""
    pick = random.Random(seed)
    body = " ".join(pick.choice(WORDS) for _ in range(230))
    return topic.encode(name, f"what {name} says about {pick.choice(WORDS)}", body, {"type": "project"})


def bare(directory: str, content: bytes) -> None:
    """The least that puts bytes on disk under a name."""
    path = os.path.join(directory, "bare.tmp")
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(handle, content)
    os.fsync(handle)
    os.close(handle)
    os.rename(path, os.path.join(directory, "bare.bin"))


def save(directory: str, name: str, content: bytes, expect: str | None = None) -> None:
    """One save through the one door."""
    apply(directory, Change("save", (Write(f"{name}.md", content, expect),)), now=time.time(), wait=60)


def timed(work: Callable[[], None]) -> float:
    """Seconds that `work` takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def fill(directory: str, count: int) -> None:
    """A memory directory of `count` files with an index, as somebody else wrote it, an hour ago."""
    os.makedirs(directory)
    lines = ["# Memory Index\n", "\n"]
    for n in range(count):
        name = f"old-{n:05d}"
        path = os.path.join(directory, f"{name}.md")
        Path(path).write_bytes(memory(name, n))
        os.utime(path, (time.time() - 3600,) * 2)
        lines.append(f"- [{name}]({name}.md) — what {name} says\n")
    Path(directory, "MEMORY.md").write_text("".join(lines))


def cost(root: str, count: int, tries: int) -> None:
    """Print the cost of creating and of updating one memory among `count`, and of the first save."""
    directory = os.path.join(root, f"memory-{count}")
    fill(directory, count)
    first = timed(lambda: save(directory, "first", memory("first", 0)))
    created, updated, floor = [], [], []
    for n in range(tries):
        content = memory(f"new-{n}", n)
        floor.append(timed(lambda content=content: bare(root, content)))
        created.append(timed(lambda n=n, content=content: save(directory, f"new-{n}", content)))
        expect, content = fingerprint(content), memory(f"new-{n}", -n - 1)
        updated.append(timed(lambda n=n, c=content, e=expect: save(directory, f"new-{n}", c, e)))
    least = statistics.median(floor)
    for label, times in (("create", created), ("update", updated)):
        middle = statistics.median(times)
        print(f"{count:>6} memories  {label}  {middle * 1000:7.1f} ms  {middle / least:6.1f} x bare", end="")
        print(f" ({least * 1000:.2f} ms)  p95 {sorted(times)[int(len(times) * 0.95)] * 1000:.1f} ms")
    print(f"{count:>6} memories  first save, which records all of them: {first * 1000:.0f} ms")


def long(root: str, count: int) -> None:
    """Print how a save's cost, the size of the history and the speed of `log` develop over `count` saves."""
    directory = os.path.join(root, "long")
    fill(directory, 100)
    times: list[float] = []
    for n in range(count):
        name = f"old-{n % 100:05d}"
        file = os.path.join(directory, f"{name}.md")
        expect = fingerprint(Path(file).read_bytes())
        times.append(
            timed(lambda n=n, name=name, expect=expect: save(directory, name, memory(name, n + 1000), expect))
        )
        if (n + 1) % (count // 5) == 0:
            middle = statistics.median(times[-count // 5 :]) * 1000
            worst = max(times[-count // 5 :]) * 1000
            log = timed(lambda: records.log(directory, 50)) * 1000
            size = sum(f.stat().st_size for f in Path(records.git_dir(directory)).rglob("*") if f.is_file())
            print(f"{n + 1:>6} saves  {middle:6.1f} ms a save, worst {worst:.0f} ms; ", end="")
            print(f"log {log:.0f} ms; {size >> 10} KiB")
    print("history is whole:", history.verify(directory) == [])


def crowd(root: str, writers: int, total: int) -> bool:
    """Print what `writers` processes lose, tear and are refused while `total` saves are acknowledged.

    Returns whether all is well.
    """
    directory = os.path.join(root, "crowd")
    log = os.path.join(root, "log")
    begun = time.perf_counter()
    children = [_fork(lambda w=w: _writer(directory, log, w, total // writers)) for w in range(writers)]
    for child in children:
        os.waitpid(child, 0)
    took = time.perf_counter() - begun
    lines = [line.split() for line in Path(log).read_text().splitlines()]
    saved = {name: float(seconds) for word, name, seconds in lines if word == "saved"}
    refused = sum(word == "refused" for word, *_ in lines)
    repair(directory, now=time.time())
    lost = torn = 0
    for name in saved:
        path = Path(directory, f"{name}.md")
        lost += not path.exists()
        torn += path.exists() and path.read_bytes() != memory(name, len(name))
    index = Path(directory, "MEMORY.md").read_text()
    unlisted = sum(f"({name}.md)" not in index for name in saved)
    times = sorted(saved.values())
    print(f"{len(saved)} acknowledged by {writers} processes in {took:.0f} s: ", end="")
    print(f"{lost} lost, {torn} torn, {refused} refused, {unlisted} without pointer; ", end="")
    print(f"{len(scan(directory)[0])} files")
    print(f"p50 {times[len(times) // 2]:.2f} s, p95 {times[int(len(times) * 0.95)]:.2f} s, ", end="")
    is_whole = history.verify(directory) == []
    print(f"worst {times[-1]:.2f} s; history is whole: {is_whole}")
    return is_whole and not lost and not torn


def _fork(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return child


def _writer(directory: str, log: str, number: int, count: int) -> None:
    for n in range(count):
        name = f"w{number:02d}-{n:04d}"
        begun = time.perf_counter()
        try:
            apply(
                directory,
                Change("save", (Write(f"{name}.md", memory(name, len(name))),)),
                now=time.time(),
                wait=10,
            )
            word = "saved"
        except MemctlError:
            word = "refused"
        handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(handle, f"{word} {name} {time.perf_counter() - begun:.4f}\n".encode())
        os.close(handle)


def main() -> None:
    """Parse the command line and run the bench in a directory that is removed afterwards."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--where", help="a directory on the disk to measure")
    parser.add_argument("--tries", type=int, default=31)
    parser.add_argument("--sizes", default="100,1000,10000")
    parser.add_argument("--crowd", action="store_true")
    parser.add_argument("--writers", type=int, default=20)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--total", type=int, default=10_000)
    chosen = parser.parse_args()
    root = tempfile.mkdtemp(dir=chosen.where)
    os.environ["MEMCTL_STATE_DIR"] = os.path.join(root, "state")
    print(f"git: {git.program() or 'not installed, no history'}")
    try:
        if chosen.crowd:
            sys.exit(not crowd(root, chosen.writers, chosen.total))
        elif chosen.long:
            long(root, chosen.total)
        else:
            for size in chosen.sizes.split(","):
                cost(root, int(size), chosen.tries)
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
