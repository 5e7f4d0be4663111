"""Speed, in whole processes and as ratios: recall and other verbs against what a user would run instead.

    python bench/latency.py [--sizes 100 1000 10000 100000] [--rounds 11] [--where DIR] [--json OUT]
    python bench/latency.py --growth [--against OLD] [--sizes ...] [--rounds 11] [--where DIR]

Every figure is the median over rounds of the ratio of two runs of the same round; the order within a round
is drawn anew. References: `python -c pass`, `rg -j1 -l` with four query words over the same directory, a
minimal typer app that does nothing; qmd and basic-memory are run when they are installed. Run it with the
interpreter into whose environment memctl was installed as a wheel (an editable install without compiled
bytecode is slower), on a machine that has nothing else to do.

`--growth` tells what verbs cost as the memory grows: processor time (their children's included) as a ratio to
the smallest size, or to `python -c pass`, in one run, with the target where there is one; it ends with 1 where a
target is missed. `--against` is the `memctl` of another version (0.1.0 is commit 1283d6e), which is measured in
turn, in folders of its own.
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import synthetic

SERVICE = "from memctl.services.recall.lexical import recall; recall({directory!r}, {query!r})"
TYPER = "import typer\napp = typer.Typer()\n\n@app.command()\ndef nothing() -> None:\n    pass\n\napp()\n"
TEXT = " ".join(synthetic.QUERY)


@dataclass(frozen=True)
class Run:
    """One finished process: seconds of wall and of CPU time."""

    wall: float
    cpu: float


class Place:
    """A scratch home, so that no cache or setting of the user's is used or touched."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.env = {**os.environ, "HOME": str(root), "NO_COLOR": "1"}
        for name in list(self.env):
            if name.startswith(("MEMCTL_", "CLAUDE_", "ANTHROPIC_", "XDG_", "PYTHONDONTWRITE")):
                del self.env[name]
        self.env["MEMCTL_CACHE_DIR"] = str(root / "cache")
        self.env["MEMCTL_STATE_DIR"] = str(root / "state")
        self.typer = root / "nothing.py"
        self.typer.write_text(TYPER)

    def memories(self, size: int) -> Path:
        """A directory of `size` made-up memories, made on first use."""
        directory = self.root / f"memories-{size}"
        if not directory.exists():
            synthetic.make(directory, size)
        return directory

    def run(self, command: list[str]) -> Run:
        """Run `command` with its output thrown away. Raises when it fails in another way than finding nothing."""
        start = time.perf_counter()
        process = subprocess.Popen(
            command, env=self.env, cwd=self.root, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            raise RuntimeError(f"{command} ended with {process.returncode}")
        return Run(time.perf_counter() - start, usage.ru_utime + usage.ru_stime)

    def peak(self, command: list[str]) -> float:
        """Peak memory of `command` in MiB, looked up while it runs.

        The kernel's own figure (ru_maxrss) counts the parent's memory from before the exec.
        """
        process = subprocess.Popen(command, env=self.env, cwd=self.root, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
        highest = 0
        while process.poll() is None:
            try:
                status = Path(f"/proc/{process.pid}/status").read_text()
            except OSError:
                continue
            marks = [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]
            highest = max([highest, *marks])
        return highest / 1024


def commands(directory: Path, place: Place) -> dict[str, list[str]]:
    """What is compared on one directory."""
    memctl = [str(Path(sys.executable).with_name("memctl")), "--dir", str(directory)]
    words = [part for word in synthetic.QUERY for part in ("-e", word)]
    found = {
        "pass": [sys.executable, "-c", "pass"],
        "typer": [sys.executable, str(place.typer)],
        "rg -j1": ["rg", "-j1", "-l", *words, str(directory)],
        "service": [sys.executable, "-c", SERVICE.format(directory=str(directory), query=TEXT)],
        "--version": [memctl[0], "--version"],
        "list": [*memctl, "list"],
        "recall": [*memctl, "recall", "--selector", "lexical", TEXT],
    }
    return {name: command for name, command in found.items() if shutil.which(command[0])}


PEERS = {
    "qmd": (["qmd", "collection", "add", "{directory}"], ["qmd", "search", TEXT]),
    "basic-memory": (
        ["basic-memory", "project", "add", "bench", "{directory}"],
        ["basic-memory", "tool", "search-notes", TEXT, "--project", "bench"],
    ),
}
"""Other tools: how to show them the directory, and how to ask."""


def peers(directory: Path, place: Place) -> dict[str, list[str]]:
    """The peers that are installed and let themselves be set up."""
    found = {}
    for name, (setup, ask) in PEERS.items():
        if shutil.which(name):
            try:
                place.run([part.format(directory=directory) for part in setup])
                found[name] = ask
            except RuntimeError as error:
                print(f"  {name}: not measured: {error}")
    return found


def paired(place: Place, runs: dict[str, list[str]], rounds: int) -> dict[str, list[Run]]:
    """`rounds` runs of each command, interleaved."""
    dice = random.Random(3)
    found: dict[str, list[Run]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name in dice.sample(list(runs), len(runs)):
            found[name].append(place.run(runs[name]))
    return found


def ratio(top: list[Run], bottom: list[Run], of: str = "wall") -> float:
    """Median of the ratios of the runs of each round."""
    return statistics.median(getattr(a, of) / getattr(b, of) for a, b in zip(top, bottom, strict=True))


def measure(place: Place, size: int, rounds: int) -> dict[str, float]:
    """Every figure for one size."""
    directory = place.memories(size)
    runs = commands(directory, place)
    figures = {}
    first = [_first(place, runs["service"]) for _ in range(3)]
    runs |= peers(directory, place)
    found = paired(place, runs, rounds)
    for name, samples in found.items():
        figures[f"{name} ms"] = statistics.median(run.wall for run in samples) * 1000
        for reference in ("pass", "typer", "rg -j1"):
            if reference in found and name not in ("pass", "typer", "rg -j1"):
                figures[f"{name} / {reference}"] = ratio(samples, found[reference])
        figures[f"{name} MiB"] = place.peak(runs[name])
    if "rg -j1" in found:
        figures["first index / rg -j1"] = ratio(first, found["rg -j1"][:3])
    for count in (1, 10):
        changed = [_after_change(place, runs["service"], directory, count, turn) for turn in range(rounds)]
        figures[f"{count} changed / unchanged, cpu"] = ratio(changed, found["service"], "cpu")
        if "rg -j1" in found:
            figures[f"{count} changed / rg -j1"] = ratio(changed, found["rg -j1"])
    return figures


TARGETS = {
    ("save", 10_000): 1.5,
    ("save", 100_000): 3.0,
    ("list -n 5", 10_000): 1.5,
    ("log -n 5", 10_000): 1.5,
    ("diff", 10_000): 1.5,
    ("undo", 10_000): 1.5,
    ("review --list", 10_000): 1.5,
    ("doctor / pass", 10_000): 60.0,
}
"""Most that a verb may cost at a size, as a multiple of what it costs at the smallest one (of `pass`: as said)."""

VERBS = {
    "save": ["save"],
    "list -n 5": ["list", "-n", "5"],
    "log -n 5": ["log", "-n", "5"],
    "diff": ["diff"],
    "undo": ["undo"],
    "review --list": ["review", "--list"],
    "doctor / pass": ["doctor"],
}


class Version:
    """One `memctl`, with folders of its own of each size."""

    def __init__(self, program: str, root: Path, sizes: list[int]) -> None:
        self.program = program
        self.places = {}
        for size in sizes:
            home = root / str(size)
            home.mkdir(parents=True)
            self.places[size] = Place(home)
            self.places[size].memories(size)
            self.run(size, ["index"])
            time.sleep(RACY)
            self.run(size, ["doctor"])

    def run(self, size: int, verb: list[str], said: str = "") -> Run:
        """One verb at one size; `said` is what a save says."""
        place = self.places[size]
        words = [*verb, said] if said else verb
        return place.run([self.program, "--dir", str(place.memories(size)), *words])


RACY = 2.5
"""Seconds after which a change is old enough for what is kept of the files to count."""


def growth(root: Path, programs: dict[str, str], sizes: list[int], rounds: int) -> dict[str, float]:
    """Processor time of each verb at each size, as ratios; by "version verb size"."""
    dice = random.Random(5)
    words = synthetic.vocabulary(dice, 3000)
    versions = {name: Version(program, root / name, sizes) for name, program in programs.items()}
    figures = {}
    for verb, line in VERBS.items():
        if verb == "doctor / pass":
            time.sleep(RACY)
            for version in versions.values():
                for size in sizes:
                    version.run(size, line)
        found: dict[tuple[str, int], list[float]] = {(name, size): [] for name in versions for size in sizes}
        least = []
        for _ in range(rounds):
            least.append(
                next(iter(versions.values())).places[sizes[0]].run([sys.executable, "-c", "pass"]).cpu
            )
            for name, size in dice.sample(list(found), len(found)):
                said = " ".join(dice.sample(words, 12)) if verb == "save" else ""
                found[name, size].append(versions[name].run(size, line, said).cpu)
        for (name, size), costs in found.items():
            below = least if verb == "doctor / pass" else found[name, sizes[0]]
            ratios = [cost / base for cost, base in zip(costs, below, strict=True)]
            figures[f"{name} {verb} {size}"] = statistics.median(ratios)
    return figures


def missed(figures: dict[str, float]) -> bool:
    """Print the figures, this version's with its target; whether one is over it."""
    over = False
    for name, value in figures.items():
        version, _, rest = name.partition(" ")
        verb, _, size = rest.rpartition(" ")
        target = TARGETS.get((verb, int(size))) if version == "this" else None
        over |= target is not None and value > target
        print(f"  {name:32} {value:8.2f}" + (f"  (at most {target})" if target else ""), flush=True)
    return over


def _first(place: Place, service: list[str]) -> Run:
    shutil.rmtree(place.env["MEMCTL_CACHE_DIR"], ignore_errors=True)
    return place.run(service)


def _after_change(place: Place, service: list[str], directory: Path, count: int, turn: int) -> Run:
    synthetic.change(directory, count, turn, random.Random(turn * 100 + count))
    return place.run(service)


def main() -> None:
    """Measure the sizes that were asked for and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000, 10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--where", help="a folder for the made-up memories (default: temporary)")
    parser.add_argument("--json", metavar="OUT")
    parser.add_argument("--growth", action="store_true")
    parser.add_argument("--against", metavar="MEMCTL", help="with --growth: another version's command")
    args = parser.parse_args()
    if args.growth:
        programs = {"this": str(Path(sys.executable).with_name("memctl"))}
        programs |= {"other": args.against} if args.against else {}
        with tempfile.TemporaryDirectory(prefix="memctl-bench-", dir=args.where) as scratch:
            sys.exit(missed(growth(Path(scratch), programs, args.sizes, args.rounds)))
    found = {}
    with tempfile.TemporaryDirectory(prefix="memctl-bench-", dir=args.where) as scratch:
        place = Place(Path(scratch))
        for size in args.sizes:
            found[size] = measure(place, size, args.rounds)
            print(f"\n{size} memories")
            for name, value in found[size].items():
                print(f"  {name:32} {value:10.2f}", flush=True)
    if args.json:
        Path(args.json).write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
