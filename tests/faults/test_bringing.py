"""One memory directory is brought into another and killed at every call: nothing of either is lost or doubled."""

import itertools
import os
from collections.abc import Callable, Iterator

import pytest

from tests.faults import ground
from tests.faults.pair import Pair
from tests.faults.scenes import NOW, files_of
from tests.faults.test_crash_points import run_wired
from tests.faults.tripwire import KILLED, Tripwire
from tests.kit.doors import door

NAMES = ("rename", "link", "unlink", "mkdir", "exchange", "git", "git-ended")
"""The calls after which something else is on disk: between them a kill leaves what it left before."""


STEP = 1 if os.environ.get("MEMCTL_FULL") else 3
"""Every how many of these a try is made."""


@pytest.fixture(scope="module")
def built() -> Iterator[Pair]:
    with ground.built(Pair) as made:
        yield made


@pytest.fixture
def pair(built: Pair, monkeypatch: pytest.MonkeyPatch) -> Pair:
    return ground.fresh(built, monkeypatch)


def points(pair: Pair, work: Callable[[], int]) -> list[int]:
    """The calls of an undisturbed run after which to kill; of a long row of one kind every fifth."""
    calls = run_wired(pair, work, Tripwire())[1]
    assert calls is not None
    found = []
    for name, row in itertools.groupby(enumerate(calls), key=lambda call: call[1]):
        numbers = [number for number, _ in row]
        found += (numbers if len(numbers) < 5 else numbers[::5]) if name in NAMES else []
    return found


def check_one_outcome(pair: Pair) -> bool:
    """After a recovery: it is done, or it never began and can be done. Returns whether it was done."""
    done = not os.path.exists(os.path.join(pair.source, "theirs.md"))
    if not done:
        assert b"What theirs said." in files_of(pair.source)["shared.md"]
        assert "theirs.md" not in files_of(pair.target)
        assert pair.bring() == 0
    pair.check_joined()
    return done


def test_killed_at_every_call_it_is_finished_or_never_began(pair: Pair) -> None:
    outcomes = []
    for number, point in enumerate(points(pair, pair.bring)[::STEP]):
        pair.reset()
        assert run_wired(pair, pair.bring, Tripwire(at=point))[0] in (0, KILLED)
        if number % 2:
            door(pair.source).finish(now=NOW)  # whichever is opened first
        assert pair.recover() == 0
        outcomes.append(check_one_outcome(pair))
    assert outcomes.count(False) >= 1
    assert outcomes.count(True) > 20 / STEP


def test_a_recovery_that_is_killed_is_recovered(pair: Pair) -> None:
    deaths = points(pair, pair.bring)
    tried = 0
    for death in deaths[len(deaths) // 5 :: len(deaths) // 6]:
        pair.reset()
        run_wired(pair, pair.bring, Tripwire(at=death))
        for point in itertools.count(0, 13):
            status, calls = run_wired(pair, pair.recover, Tripwire(at=point))
            if calls is not None:
                break
            assert status in (0, KILLED)
            tried += 1
        check_one_outcome(pair)
    assert tried > 10


@pytest.mark.parametrize("error", ["ENOSPC", "EACCES"])
def test_what_the_system_refuses_is_done_by_the_next_command(pair: Pair, error: str) -> None:
    for point in points(pair, pair.bring)[:: 4 * STEP]:
        pair.reset()
        assert run_wired(pair, pair.bring, Tripwire(at=point, how=error))[0] in (0, 1, 7)
        assert pair.recover() == 0
        check_one_outcome(pair)
