"""Real input: every folder of a recall set goes through the real command, and a save changes only what it must.

    python bench/real_dirs.py SET

For each folder, on a copy: `list` names every file, `show` prints every memory, `index --check` and `recall`
end well, nothing of it changes a byte; then `save` makes one memory and updates one, and all other files stay
byte for byte the same, while the index gains and changes single lines. Exits 1 on the first surprise.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import recall_set as rs

NAME = "bench-saved-memory"
TEXT = "The bench saved this.\n\n**Why:** to see what a save changes.\n**How to apply:** never."


class Surprise(Exception):
    """Something that must not happen with a real folder."""


class Command:
    """The installed `memctl` on one memory directory, in a home of its own."""

    def __init__(self, directory: Path, home: Path) -> None:
        self.directory = directory
        self.env = {
            k: v for k, v in os.environ.items() if not k.startswith(("MEMCTL_", "CLAUDE_", "ANTHROPIC_"))
        }
        self.env |= {"HOME": str(home), "NO_COLOR": "1", "PYTHONUTF8": "1"}

    def __call__(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run one verb; its stdout. Raises Surprise on another exit code, or a traceback."""
        command = [str(Path(sys.executable).with_name("memctl")), "--dir", str(self.directory), *arguments]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        said = done.stderr.strip()
        if done.returncode not in codes or "Traceback" in said or "defect" in said:
            raise Surprise(f"{' '.join(arguments[:2])} ended with {done.returncode}: {said[-300:]}")
        return done.stdout


def contents(directory: Path) -> dict[str, str]:
    """Relative path -> digest of every file."""
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def looks(memctl: Command, queries: list[rs.Query]) -> int:
    """Everything that only reads; how many memories there are."""
    before = contents(memctl.directory)
    listed = json.loads(memctl("list", "--json"))["memories"]
    files = {name for name in before if name.endswith(".md") and name != "MEMORY.md"}
    if {memory["file"] for memory in listed} != files:
        raise Surprise("list does not name exactly the files")
    for memory in listed:
        raw = (memctl.directory / memory["file"]).read_bytes()
        if memory["fingerprint"] != "sha256:" + hashlib.sha256(raw).hexdigest():
            raise Surprise(f"{memory['file']}: the fingerprint is not the file's")
    some = [memory["file"].removesuffix(".md") for memory in listed]
    for at in range(0, len(some), 50):
        memctl("show", "--", *some[at : at + 50])
    memctl("index", "--check", codes=(0, 1))
    for query in queries[:3]:
        found = json.loads(memctl("recall", "--selector", "lexical", "--json", "--", query.text))
        if found["strategy"] not in ("lexical", "none") or len(found["memories"]) > rs.K:
            raise Surprise(f"recall of {query.text!r} answered {found['strategy']}")
    if contents(memctl.directory) != before:
        raise Surprise("a verb that reads changed a file")
    return len(files)


def saves(memctl: Command) -> None:
    """A save and an update: only that memory and the index may change, and the index by single lines."""
    before = contents(memctl.directory)
    index = _lines(memctl.directory)
    arguments = (
        "save",
        TEXT,
        "--name",
        NAME,
        "--description",
        "What a save changes, seen by a bench",
        "--force",
    )
    memctl(*arguments)
    _only(before, contents(memctl.directory), {f"{NAME}.md", "MEMORY.md"})
    _pointer_only(index, _lines(memctl.directory))
    before, index = contents(memctl.directory), _lines(memctl.directory)
    memctl(*arguments[:1], TEXT + " Twice.", *arguments[2:], "--update")
    _only(before, contents(memctl.directory), {f"{NAME}.md", "MEMORY.md"})
    _pointer_only(index, _lines(memctl.directory))


def _lines(directory: Path) -> list[bytes]:
    path = directory / "MEMORY.md"
    return path.read_bytes().splitlines(keepends=True) if path.exists() else []


def _only(before: dict[str, str], after: dict[str, str], allowed: set[str]) -> None:
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if not changed <= allowed:
        raise Surprise(f"save changed {sorted(changed - allowed)}")


def _pointer_only(before: list[bytes], after: list[bytes]) -> None:
    """Every line of the index that does not point at the saved memory is still there, in order."""
    kept = [line.rstrip(b"\r\n") for line in before if NAME.encode() not in line]
    rest = [line.rstrip(b"\r\n") for line in after if NAME.encode() not in line]
    if before and kept != rest:
        raise Surprise("save changed a line of the index that is not its own")


def main() -> None:
    """Go through every folder of the set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set")
    args = parser.parse_args()
    failed = 0
    with rs.folders(args.set) as folders, tempfile.TemporaryDirectory() as home:
        for name, (directory, queries) in folders.items():
            memctl = Command(directory, Path(home))
            try:
                count = looks(memctl, queries)
                saves(memctl)
                print(f"ok    {name}: {count} memories", flush=True)
            except Surprise as surprise:
                failed += 1
                print(f"FAIL  {name}: {surprise}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
