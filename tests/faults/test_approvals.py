"""`review --accept all` that is killed: the next command finishes all of it, exactly once, or it never began."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from memctl import settings
from memctl.domain.proposal import Evidence, Proposal, identified
from memctl.services.dream import consolidation
from memctl.services.review.approvals import Approvals, complete
from memctl.services.review.settlement import Settling, block
from memctl.services.review.verdicts import Review
from memctl.store.history import records as history
from memctl.store.state import approved, arrivals
from tests.faults.tripwire import KILLED, Tripwire, in_child
from tests.kit.doors import place
from tests.kit.topics import write_topic

NOW = 1_795_000_000.0
STEP = 1 if os.environ.get("MEMCTL_FULL") else 3
"""Neighbouring deaths are much alike: every third one, all of them where everything is asked for."""
NAMES = ("tabs", "spaces")
TURNING = ("rename", "link", "unlink", "exchange", "git-ended")
"""Calls after which something else stands on the disk than before."""


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A memory directory with two proposals waiting, and a copy of it as `template`; in memory where possible."""
    shared = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        now = Path(folder, "now")
        (now / "memory").mkdir(parents=True)
        monkeypatch.setenv("MEMCTL_STATE_DIR", str(now / "state"))
        for name in NAMES:
            said = f"Use {name} in this project.\n"
            evidence = (Evidence("t1", said.strip()),)
            one = Proposal(
                "", "create", name, "feedback", said.strip(), said, evidence, "person", created=NOW
            )
            arrivals.put(str(now / "memory"), identified(one))
        shutil.copytree(now, Path(folder, "template"))
        yield Path(folder)


def reset(root: Path) -> Review:
    shutil.rmtree(root / "now")
    shutil.copytree(root / "template", root / "now")
    return Review(place(root / "now" / "memory"), now=NOW)


def accept_all(review: Review) -> int:
    review.accept([offer.entry for offer in review.offers()[0]])
    return 0


def turning_points(root: Path, work: Callable[[], object]) -> list[int]:
    """The numbers of the calls of `work` after which something else stands on the disk."""
    wire, said = Tripwire(), root / "calls"

    def watched() -> int:
        work()
        said.write_text(" ".join(wire.log))
        return 0

    assert in_child(watched, wire) == 0
    return [n for n, name in enumerate(said.read_text().split()) if name in TURNING]


DUPLICATES = {"one": "2026-03-01", "two": "2026-04-01"}
PORT = "The ferry gateway listens on port 8443."


def dreamt(root: Path) -> Review:
    """A memory directory with what a dream proposes of two pairs that say the same; made once, then copied."""
    kept = root / "dreamt"
    if not kept.exists():
        shutil.rmtree(root / "now")
        for about in ("ferry", "train"):
            for name, day in DUPLICATES.items():
                at, said = f"{day}T10:00:00.000Z", PORT.replace("ferry", about)
                write_topic(root / "now" / "memory", f"{about}-{name}", said, said, created=at, modified=at)
        at = place(root / "now" / "memory")
        consolidation.dream(at, consolidation.rules, settings.load(), by="rules", root="/", now=NOW)
        shutil.copytree(root / "now", kept)
    shutil.rmtree(root / "now")
    shutil.copytree(kept, root / "now")
    return Review(place(root / "now" / "memory"), now=NOW)


def marked(review: Review) -> list[str]:
    """The memories that are marked as replaced."""
    return [m.stem for m in review.store.memories()[0] if "supersededBy" in m.metadata]


def test_what_a_dream_proposes_is_accepted_whole_or_not_at_all_as_one_change(root: Path) -> None:
    begun = 0
    for point in turning_points(root, partial(accept_all, dreamt(root)))[::STEP]:
        review = dreamt(root)
        in_child(partial(accept_all, review), Tripwire(at=point))
        given = approved.load(review.directory)
        complete(review.place, NOW + 60)
        review.finish()
        changes = [r for r in history.log(review.directory) if r.verb == "review"]
        assert len(changes) == len(marked(review)) / 2 <= 1
        assert len(review.inbox.entries()[0]) == (0 if changes else 2)
        assert changes or not given
        begun += bool(given)
    assert begun > 8 / STEP


def check_whole(review: Review) -> list[str]:
    """All of it was done once and waits no more, or nothing and it waits; returns the changes."""
    changes = [r.why.split(",")[0] for r in history.log(review.directory) if r.verb == "review"]
    assert sorted(changes) in ([], ["create spaces", "create tabs"])
    assert {e.proposal.name for e in review.inbox.entries()[0]} == (set() if changes else {*NAMES})
    assert complete(review.place, NOW + 99) == review.finish() == []
    return changes


def test_accept_all_that_is_killed_is_finished_exactly_once_by_the_next_command(root: Path) -> None:
    begun = finished = 0
    for point in turning_points(root, partial(accept_all, reset(root)))[::STEP]:
        review = reset(root)
        status = in_child(partial(accept_all, review), Tripwire(at=point))
        given = approved.load(review.directory)
        notes = complete(review.place, NOW + 60)
        changes = check_whole(review)
        assert changes or (status == KILLED and not given)
        assert given or not notes
        begun += bool(given)
        finished += bool(notes)
    assert begun > 8 / STEP
    assert finished > 4 / STEP


def test_finishing_it_may_be_killed_as_well(root: Path) -> None:
    def begun() -> Review:
        """Killed when the approvals were written down, and nothing else."""
        review = reset(root)
        offers = [(offer.entry, offer.planned) for offer in review.offers()[0]]
        Approvals(review.place).mark(offers, NOW, "memctl")
        return review

    for point in turning_points(root, partial(complete, begun().place, NOW))[::STEP]:
        review = begun()
        in_child(lambda at=review.place: bool(complete(at, NOW + 60)) and 0, Tripwire(at=point))
        complete(review.place, NOW + 70)
        assert check_whole(review)


def leave_out_one(review: Review) -> int:
    """All but the last as they are, that one taken out, as a person leaves them in the editor."""
    offers = {offer.entry.proposal.id: offer for offer in review.offers()[0]}
    settling = Settling(review, offers)
    found, _ = settling.read([block(offer, mark) for mark, offer in list(offers.items())[:-1]])
    settling.carry_out(found)
    return 0


def test_what_the_editor_left_is_done_as_one_change_or_not_at_all(root: Path) -> None:
    def three() -> Review:
        review = reset(root)
        evidence = (Evidence("t1", "Use moss."),)
        one = Proposal(
            "", "create", "moss", "user", "Moss.", "Use moss.\n", evidence, "person", created=NOW + 1
        )
        arrivals.put(review.directory, identified(one))
        return review

    for point in turning_points(root, partial(leave_out_one, three()))[:: 2 * STEP]:
        review = three()
        in_child(partial(leave_out_one, review), Tripwire(at=point))
        given = approved.load(review.directory)
        complete(review.place, NOW + 60)
        review.finish()
        changes = [r for r in history.log(review.directory) if r.verb == "review"]
        saved = {m.stem for m in review.store.memories()[0]}
        assert saved == ({*NAMES} if changes else set())
        assert len(changes) <= 1
        assert changes or not given
        waiting = {entry.proposal.name for entry in review.inbox.entries()[0]}
        assert waiting | saved >= {*NAMES}
        assert "moss" in waiting or review.tombstones.rejections()
