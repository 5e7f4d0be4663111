"""Made-up memories of about 1.6 KB for measuring speed: words by Zipf's law, headers as Claude Code writes them."""

import itertools
import os
import random
from pathlib import Path

QUERY = ("deploy", "database", "timeout", "schema")
"""Four words that stand in many, some and few of the memories."""

_COMMON = (
    "deploy database server test branch commit review error token cache config build release staging python"
    " docker memory index query user password login network timeout retry migration schema table column lock"
).split()


def vocabulary(dice: random.Random, size: int = 20_000) -> list[str]:
    """`size` pronounceable words, some of them real ones."""
    words = [
        "".join(dice.choice("bcdfghjklmnprstvw") + dice.choice("aeiou") for _ in range(dice.randint(1, 4)))
        + dice.choice(["", "n", "s", "r", "t", "ing", "ed"])
        for _ in range(size)
    ]
    for at, word in enumerate(_COMMON):
        words[50 + at * 37] = word
    return words


def make(directory: Path, count: int, seed: int = 1) -> None:
    """Write `count` memories into `directory`, a minute old, so that no clock can be too coarse for them."""
    dice = random.Random(seed)
    words = vocabulary(dice)
    weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(words))))
    directory.mkdir(parents=True)
    for number in range(count):
        some = dice.choices(words, cum_weights=weights, k=235)
        path = directory / f"{'-'.join(some[:3])}-{number}.md"
        path.write_text(_text(path.stem, some, dice))
        moment = path.stat().st_mtime - 60 - dice.random() * 1e6
        os.utime(path, (moment, moment))


def _text(name: str, words: list[str], dice: random.Random) -> str:
    lines = [" ".join(words[at : at + 14]).capitalize() + "." for at in range(14, 230, 14)]
    kind = dice.choice(["user", "feedback", "project", "reference"])
    stamp = f"2026-0{dice.randint(1, 9)}-1{dice.randint(0, 9)}T12:00:00.000Z"
    head = (
        f"name: {name}\ndescription: {' '.join(words[3:14])}\nmetadata:\n  type: {kind}\n  modified: {stamp}"
    )
    return (
        f"---\n{head}\n---\n" + "\n".join(lines) + "\n\n**Why:** because.\n**How to apply:** see `fooBar`.\n"
    )


def change(directory: Path, count: int, turn: int, dice: random.Random) -> None:
    """Replace `count` files by changed ones, as an editor does: a new file renamed over the old one."""
    for name in dice.sample(sorted(os.listdir(directory)), count):
        path = directory / name
        fresh = path.with_suffix(".tmp")
        fresh.write_text(path.read_text()[:-6] + f"{turn:05d}\n")
        moment = fresh.stat().st_mtime - 60 - turn
        os.utime(fresh, (moment, moment))
        fresh.replace(path)
