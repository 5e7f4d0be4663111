"""What a full index costs a save, in whole processes and as a ratio.

    python bench/tiers.py [--sizes 1000 5000] [--rounds 9] [--where DIR]

The reference is a save into 150 memories, whose index has room; the others save into directories whose index is
full, so that each save moves a pointer out of it. Every figure is the median over rounds of the ratio of two runs
of the same round. Run it on a machine that has nothing else to do.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from latency import Place

ROOM = 150
"""Memories whose index has room."""


def directory(place: Place, size: int) -> Path:
    """A memory directory of `size` memories with its index."""
    made = place.memories(size)
    place.run(["memctl", "--dir", str(made), "index"])
    return made


def save(place: Place, at: Path, number: int) -> float:
    """Seconds of one save of a new memory."""
    said = f"The lock keeper of gate {number} wears a green hat."
    words = ["save", "--force", said, "--name", f"keeper-{number}"]
    return place.run(["memctl", "--dir", str(at), *words]).wall


def main() -> None:
    """Measure and print a line for each size."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 5000])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--where", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.where) as root:
        place = Place(Path(root))
        place.env["MEMCTL_STATE_DIR"] = str(Path(root) / "state")
        small = directory(place, ROOM)
        for size in given.sizes:
            large = directory(place, size)
            pairs = [
                (save(place, small, n), save(place, large, n)) for n in range(size, size + given.rounds + 1)
            ]
            ratios = [full / room for room, full in pairs[1:]]
            print(f"{size:>7,} memories: x{statistics.median(ratios):.2f} of a save into {ROOM}")


if __name__ == "__main__":
    main()
