"""How often the agents' own command lines may be asked: calls of a day, and a pause after a failure.

Kept in one small file of the state directory, written before a call begins, so that calls that were killed
count as well. The day is the local one, as the ledger's.
"""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from typing import Any

from memctl.errors import ModelFailed
from memctl.places import make_private, state_dir

PAUSE = 3600.0
"""Seconds for which a client that failed is not asked again unasked: it is not logged in, or out of quota,
and every session that ends meanwhile would find that out anew."""


def calls_today(now: float) -> int:
    """The calls since midnight."""
    return int(_read(now)["calls"])


def take(agent: str, most: int, now: float, *, patient: bool) -> None:
    """Count one call of `agent`'s client as begun.

    Raises ModelFailed: `cap` when `most` calls were made today, `paused` when `patient` (nobody waits for
    the answer) and it failed a while ago. Then nothing is counted.
    """
    with _kept(now) as state:
        left = state["until"].get(agent, 0.0) - now
        if patient and 0 < left <= PAUSE:
            raise ModelFailed(f"{agent} failed and is asked again in {left / 60:.0f} min", slug="paused")
        if state["calls"] >= most:
            raise ModelFailed(
                f"today's {most} calls of your agents' own models are spent",
                slug="cap",
                hint="raise it with: memctl config set daily_calls NUMBER; or wait until tomorrow",
            )
        state["calls"] += 1


def ended(agent: str, now: float, *, failed: bool) -> None:
    """Note how a call went: a failure begins a pause, an answer ends one."""
    with contextlib.suppress(OSError), _kept(now) as state:
        state["until"].pop(agent, None)
        if failed:
            state["until"][agent] = now + PAUSE


@contextlib.contextmanager
def _kept(now: float) -> Iterator[dict[str, Any]]:
    """The state, under a lock of a moment, written when the block ends well. Raises OSError."""
    make_private(state_dir())
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    lock = os.open(_path() + ".lock", flags, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        state = _read(now)
        yield state
        part = _path() + ".new"
        with open(os.open(part, flags | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(state, file)
        os.replace(part, _path())
    finally:
        os.close(lock)


def _read(now: float) -> dict[str, Any]:
    """The state, its calls 0 on a new day. One that is a day or two ahead was begun in another time zone, as
    any process may be told one: it goes on, or each change of the zone would begin a day."""
    day = _day(now)
    try:
        with open(_path(), encoding="utf-8") as file:
            found = json.load(file)
        if found["day"] in (_day(now + 86_400), _day(now + 2 * 86_400)):
            day = found["day"]
        calls = found["calls"] if found["day"] == day else 0
        until = {str(k): float(v) for k, v in found["until"].items()}
        return {"day": day, "calls": max(0, int(calls)), "until": until}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {"day": day, "calls": 0, "until": {}}


def _day(moment: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(moment))


def _path() -> str:
    return os.path.join(state_dir(), "own-model.json")
