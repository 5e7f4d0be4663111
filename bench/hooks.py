"""Hook start to answer, as ratios to `python -c pass`: whole processes, medians of paired runs.

    python bench/hooks.py [--sizes 100,1000,10000] [--runs 21] [--commits]

Runs the command that `memctl hooks install` writes, on made-up memories of about 1.6 KB with an index, the
search cache made and the directory unchanged. Every pair is one bare start and one hook call, so that a busy
machine slows both. Each prompt comes from a session of its own, so that nothing is left out as shown before.
`--commits` measures instead what memctl's git hooks add to an empty commit, in milliseconds.
"""

import argparse
import json
import os
import random
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from memctl.hooks import targets

_START = "b br c d dr f g h k l m n p r s st t tr v w".split()
_END = "ab ack ade ain al and ar ash ate ell en ent er ice ide ift ill in ing ion ist ode oft ol ome".split()
WORDS = [a + b + c for a in _START for b in ("a", "e", "i", "o", "u") for c in _END]
WEIGHTS = [1 / (rank + 10) for rank in range(len(WORDS))]
"""A vocabulary of some 2,800 words, used as often as words are: by Zipf's law."""

TARGETS = {
    ("SessionStart", 100): 2.5, ("SessionStart", 1_000): 2.5, ("SessionStart", 10_000): 6.0,
    ("UserPromptSubmit", 100): 2.5, ("UserPromptSubmit", 1_000): 2.5, ("UserPromptSubmit", 10_000): 6.0,
}  # fmt: skip


def make(folder: Path, count: int) -> str:
    """Write `count` memories and their index; returns a prompt that one of them fits."""
    chance = random.Random(count)
    folder.mkdir(parents=True)
    pointers = []
    for n in range(count):
        about = " ".join(chance.choices(WORDS, WEIGHTS, k=8))
        body = "\n".join(" ".join(chance.choices(WORDS, WEIGHTS, k=16)) for _ in range(16))
        name = f"{about.split()[0]}-{about.split()[1]}-{n}"
        head = f"---\nname: {name}\ndescription: {about}\nmetadata:\n  type: project\n---\n"
        (folder / f"{name}.md").write_text(head + body + "\n")
        pointers.append(f"- [{name}]({name}.md) — {about}\n")
    (folder / "MEMORY.md").write_text("".join(pointers))
    return "what did we say about the " + " ".join(about.split()[:4])


def timed(command: list[str], data: bytes, environment: dict[str, str]) -> tuple[float, bytes]:
    """Seconds of one whole process, and what it wrote."""
    started = time.perf_counter()
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, env=environment, check=True)
    return time.perf_counter() - started, done.stdout


def measure(
    event: str, prompt: str, environment: dict[str, str], cwd: str, runs: int
) -> tuple[float, float, float, int]:
    """Medians of the hook and of the bare start in ms, of their ratio, and characters of the answer."""
    command = shlex.split(targets.command("claude-code"))
    hooks, bare, ratios, size = [], [], [], 0
    for run in range(-2, runs):
        data = {"hook_event_name": event, "session_id": f"{event}{run}", "cwd": cwd, "source": "startup"}
        data["prompt"] = prompt
        plain, _ = timed([command[0], "-c", "pass"], b"", environment)
        hook, output = timed(command, json.dumps(data).encode(), environment)
        if run >= 0:
            hooks.append(hook * 1000)
            bare.append(plain * 1000)
            ratios.append(hook / plain)
            size = len(output)
    return statistics.median(hooks), statistics.median(bare), statistics.median(ratios), size


def commits(runs: int) -> int:
    """Medians of a commit without and with the hooks, each at rest; 0 when the hooks add at most 50 ms."""
    with tempfile.TemporaryDirectory() as top:
        environment = {"HOME": top, "PATH": os.environ["PATH"]}
        names = {
            "GIT_AUTHOR_NAME": "a",
            "GIT_AUTHOR_EMAIL": "a",
            "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a",
        }
        memctl = [sys.executable, "-I", "-m", "memctl", "-q", "-C", top]
        for command in (["git", "init", "-q", top], [*memctl, "init"]):
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
        commit = ["git", "-C", top, "commit", "-q", "--allow-empty", "-m", "x"]
        medians = []
        for _ in range(2):
            took = []
            for _ in range(runs):
                took.append(timed(commit, b"", {**environment, **names})[0] * 1000)
                time.sleep(1.0)  # what the hook started is not to be measured with the next commit
            medians.append(statistics.median(took))
            subprocess.run(
                [*memctl, "hooks", "install", "git"], env=environment, stdout=subprocess.DEVNULL, check=True
            )
        print(f"commit {medians[0]:.1f} ms, with hooks {medians[1]:.1f} ms (target: at most 50 ms more)")
        return int(medians[1] - medians[0] > 50)


def main() -> int:
    """Print one line a case; exit 1 when one misses its target."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sizes", default="100,1000,10000")
    parser.add_argument("--runs", type=int, default=21)
    parser.add_argument("--commits", action="store_true")
    given = parser.parse_args()
    if given.commits:
        return commits(given.runs)
    missed = 0
    print(f"{'event':<18}{'memories':>9}{'hook ms':>9}{'pass ms':>9}{'ratio':>7}{'target':>8}{'chars':>7}")
    for count in (int(size) for size in given.sizes.split(",")):
        with tempfile.TemporaryDirectory() as top:
            prompt = make(Path(top) / "memory", count)
            environment = {"HOME": top, "PATH": os.environ["PATH"], "MEMCTL_DIR": os.path.join(top, "memory")}
            time.sleep(2.1)  # files of the last two seconds are re-read: their times could still lie
            for event in ("SessionStart", "UserPromptSubmit"):
                hook, bare, ratio, size = measure(event, prompt, environment, top, given.runs)
                target = TARGETS.get((event, count))
                missed += target is not None and ratio > target
                shown = f"{target:.1f}" if target else "-"
                print(f"{event:<18}{count:>9}{hook:>9.1f}{bare:>9.1f}{ratio:>7.2f}{shown:>8}{size:>7}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
