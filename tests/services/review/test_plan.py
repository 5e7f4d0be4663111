"""Every kind of proposal: what it would do, its diff, accepted, undone, stale, without its target, killed."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from memctl.domain.proposal import Evidence, Proposal, Target, identified
from memctl.errors import Conflict
from memctl.services.review.verdicts import Offer, Review
from memctl.services.write import undo as undoing
from memctl.services.write.door import WriteDoor
from memctl.store.history import records as history
from memctl.store.memory.memories import MemoryStore
from memctl.store.state import arrivals
from memctl.store.state.resolve import Place
from memctl.store.write import apply as disk
from tests.kit.topics import topic

NOW = 1_795_000_000.0
BODIES = {
    "alpha": "The crane is teal.\n",
    "beta": "The crane is forty metres high.\n",
    "gamma": "See [[alpha]].\n",
}


@dataclass(frozen=True)
class Case:
    """A proposal over `alpha` (and `beta`): lines of its diff, and what the files say when it is accepted."""

    operation: str
    name: str
    targets: tuple[str, ...] = ("alpha",)
    diff: tuple[str, ...] = ()
    body: str = ""
    description: str = ""
    tier: str = ""
    after: Callable[[MemoryStore], bool] = lambda store: True
    alone: str | None = None  # the operation that it becomes when `alpha` is gone; None: nothing is left

    def __str__(self) -> str:
        return f"{self.operation} {self.name}"


def says(store: MemoryStore, name: str) -> str:
    return store.find(name).body


def about(store: MemoryStore, name: str, key: str) -> object:
    return store.find(name).metadata.get(key)


BOTH = "The crane is teal and forty metres high.\n"
CASES = [
    Case("create", "delta", (), ("+New.",), "New.\n", "new", after=lambda s: says(s, "delta") == "New.\n"),
    Case(
        "update", "alpha", diff=("-The crane is teal.", "+The crane is ochre."), body="The crane is ochre.\n", description="ochre",
        after=lambda s: says(s, "alpha") == "The crane is ochre.\n", alone="create",
    ),
    Case(
        "supersede", "delta", diff=("+The crane is ochre.", "+  supersededBy: delta"), body="The crane is ochre.\n",
        description="ochre", alone="create",
        after=lambda s: (about(s, "delta", "supersedes"), about(s, "alpha", "supersededBy")) == ("alpha", "delta"),
    ),
    Case("delete", "alpha", diff=("-The crane is teal.",), after=lambda s: "alpha.md" not in files(s)),
    Case(
        "merge", "delta", ("alpha", "beta"), ("+The crane is teal and forty metres high.", "+  supersededBy: delta"), BOTH, "crane",
        after=lambda s: about(s, "delta", "supersedes") == ["alpha", "beta"]
        and [about(s, name, "supersededBy") for name in ("alpha", "beta")] == ["delta", "delta"],
    ),
    Case(
        "merge", "beta", ("alpha", "beta"), ("-The crane is forty metres high.", "+  supersedes: alpha"), BOTH, "crane",
        after=lambda s: (says(s, "beta"), about(s, "beta", "supersedes"), about(s, "alpha", "supersededBy")) == (BOTH, "alpha", "beta"),
    ),
    Case(
        "annotate", "alpha", diff=(" The crane is teal.", "+It was painted in May."), body="It was painted in May.\n",
        after=lambda s: says(s, "alpha") == "The crane is teal.\n\nIt was painted in May.\n",
    ),
    Case(
        "rename", "hoist", diff=("rename from alpha.md", "rename to hoist.md", "-See [[alpha]].", "+See [[hoist]]."),
        after=lambda s: (says(s, "hoist"), says(s, "gamma"), "alpha.md" in files(s)) == (BODIES["alpha"], "See [[hoist]].\n", False),
    ),
    Case(
        "move", "alpha", diff=("+  tier: cold",), tier="cold",
        after=lambda s: (about(s, "alpha", "tier"), says(s, "alpha")) == ("cold", BODIES["alpha"]),
    ),
]  # fmt: skip

every = pytest.mark.parametrize("case", CASES, ids=str)
touching = pytest.mark.parametrize("case", [c for c in CASES if c.targets], ids=str)


def files(store: MemoryStore) -> dict[str, bytes]:
    return {m.file: m.raw for m in store.memories()[0]}


@pytest.fixture
def review(tmp_path: Path) -> Review:
    folder = tmp_path / "memory"
    folder.mkdir()
    for name, body in BODIES.items():
        (folder / f"{name}.md").write_text(topic(name, f"what {name} is", body))
    return Review(Place(str(folder), str(folder), []), now=NOW)


def offered(review: Review, case: Case) -> Offer:
    seen = tuple(Target(name, review.store.find(name).fingerprint) for name in case.targets)
    proposal = identified(
        Proposal(
            "", case.operation, case.name, "project", case.description, case.body, (Evidence("t1", "a quote"),), "person",
            session="s1", created=NOW, targets=seen, tier=case.tier,
        )
    )  # fmt: skip
    arrivals.put(review.directory, proposal)
    return review.find(proposal.id)


def write(review: Review, name: str, body: str) -> None:
    Path(review.directory, f"{name}.md").write_text(topic(name, f"what {name} is", body))


@every
def test_it_is_planned_shown_accepted_and_undone_in_one_step(case: Case, review: Review) -> None:
    start = files(review.store)
    offer = offered(review, case)
    assert not offer.planned.stale
    for line in case.diff:
        assert line in offer.diff
    (verdict,) = review.accept([offer.entry])
    assert verdict.applied is not None
    assert case.after(review.store)
    assert review.inbox.entries()[0] == []
    (record,) = (r for r in history.log(review.directory) if r.verb == "review")
    assert record.why == f"{case.operation} {case.name}, proposal {offer.entry.proposal.id}"
    undoing.undo(WriteDoor(review.place), 1, now=NOW + 1)
    assert files(review.store) == start
    review.finish()
    assert [e.proposal for e in review.inbox.entries()[0]] == [offer.entry.proposal]


@every
def test_what_is_shown_is_what_is_written(case: Case, review: Review) -> None:
    """Each file that an acceptance changes stands in the diff, and no other."""
    start = files(review.store)
    offer = offered(review, case)
    heads = ("--- a/", "+++ b/", "rename from ", "rename to ")
    shown = {line.removeprefix(head) for line in offer.diff for head in heads if line.startswith(head)}
    review.accept([offer.entry])
    now = files(review.store)
    assert shown == {file for file in start.keys() | now.keys() if start.get(file) != now.get(file)}


@touching
def test_a_target_that_changed_makes_it_stale_and_it_is_shown_anew(case: Case, review: Review) -> None:
    for changed in case.targets:
        offer = offered(review, case)
        write(review, changed, "By hand, meanwhile.\n")
        start = files(review.store)
        with pytest.raises(Conflict, match="changed since this was proposed"):
            review.accept([offer.entry])
        assert files(review.store) == start
        again = review.find(offer.entry.proposal.id)
        assert again.planned.stale
        assert again.shown.proposal.targets != offer.entry.proposal.targets
        with pytest.raises(Conflict):
            review.accept([again.entry])
        review.reject(again.shown)
    again = offered(review, case)
    review.accept([again.entry])


@touching
def test_a_target_that_is_gone(case: Case, review: Review) -> None:
    offer = offered(review, case)
    Path(review.directory, "alpha.md").unlink()
    found = review.find(offer.entry.proposal.id).planned
    assert found.stale
    assert (found.proposal.operation if found.change else None) == case.alone
    if found.fulfilled:
        assert [v.note for v in review.accept([offer.entry])] == ["alpha is gone already"]
    else:
        with pytest.raises(Conflict):
            review.accept([offer.entry])
    assert "alpha.md" not in files(review.store)
    assert len(review.inbox.entries()[0]) == (case.alone is not None)


class Killed(BaseException):
    """The process died here."""


def agents_accept(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """The person's own configuration, which lets agents accept."""
    monkeypatch.setenv("MEMCTL_CONFIG_DIR", str(folder))
    (folder / "config.toml").write_text("agents_accept = true\n")


@every
@pytest.mark.parametrize("when", ["before", "after"])
def test_an_approval_that_is_killed_happens_once(
    case: Case, when: str, review: Review, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    offer = offered(review, case)
    real = disk.apply

    def apply(*arguments: object, **more: object) -> object:
        if when == "after":
            real(*arguments, **more)  # type: ignore[arg-type]
        raise Killed

    with monkeypatch.context() as patched, contextlib.suppress(Killed):
        patched.setattr(disk, "apply", apply)
        monkeypatch.setenv("CODEX_SANDBOX", "seatbelt")
        agents_accept(monkeypatch, tmp_path)
        review.accept([offer.entry])
    monkeypatch.delenv("CODEX_SANDBOX")
    (entry,) = review.inbox.entries()[0]
    assert entry.approval is not None
    later = Review(review.place, now=NOW + 60)
    assert len(later.finish()) == 1
    assert case.after(review.store)
    assert [r.actor for r in history.log(review.directory) if r.verb == "review"] == ["codex"]
    assert (review.inbox.entries()[0], later.finish()) == ([], [])


def test_a_name_that_was_taken_meanwhile_gets_a_number(review: Review) -> None:
    offer = offered(review, next(c for c in CASES if str(c) == "merge delta"))
    write(review, "delta", "Something else.\n")
    with pytest.raises(Conflict):
        review.accept([offer.entry])
    review.accept([review.find(offer.entry.proposal.id).shown])
    assert says(review.store, "delta") == "Something else.\n"
    assert says(review.store, "delta-2") == BOTH
    assert about(review.store, "alpha", "supersededBy") == "delta-2"


def test_a_rename_to_a_name_that_was_taken_is_moot_and_spoils_no_list(review: Review) -> None:
    offer = offered(review, next(c for c in CASES if c.operation == "rename"))
    write(review, "hoist", "Something else.\n")
    found = review.find(offer.entry.proposal.id).planned
    assert (found.change, found.note) == (None, "hoist exists already")


def test_what_is_so_already_is_moot(review: Review) -> None:
    write(review, "alpha", "The crane is teal.\n\nIt was painted in May.\n")
    annotate = offered(review, next(c for c in CASES if c.operation == "annotate"))
    assert annotate.planned.change is None
    text = topic("alpha", "what alpha is", "x\n").replace("metadata:\n", "metadata:\n  tier: cold\n")
    Path(review.directory, "alpha.md").write_text(text)
    assert offered(review, next(c for c in CASES if c.operation == "move")).planned.change is None


def test_of_three_the_two_that_are_left_are_merged(review: Review) -> None:
    case = Case("merge", "delta", ("alpha", "beta", "gamma"), body=BOTH, description="crane")
    offer = offered(review, case)
    Path(review.directory, "gamma.md").unlink()
    with pytest.raises(Conflict):
        review.accept([offer.entry])
    review.accept([review.find(offer.entry.proposal.id).shown])
    assert about(review.store, "delta", "supersedes") == ["alpha", "beta"]


def test_a_merge_carries_the_evidence_and_the_weakest_origin_of_all(review: Review) -> None:
    for name, origin in (("alpha", "tool"), ("beta", "person")):
        text = topic(name, "crane", BODIES[name])
        kept = f"metadata:\n  origin: {origin}\n  evidence: old#{name}\n"
        Path(review.directory, f"{name}.md").write_text(text.replace("metadata:\n", kept))
    review.accept([offered(review, next(c for c in CASES if str(c) == "merge delta")).entry])
    assert about(review.store, "delta", "origin") == "tool"
    assert about(review.store, "delta", "evidence") == "old#alpha, old#beta, s1#t1"


def test_renaming_a_merged_memory_keeps_the_list_of_what_it_supersedes(review: Review) -> None:
    review.accept([offered(review, next(c for c in CASES if str(c) == "merge delta")).entry])
    review.accept([offered(review, next(c for c in CASES if c.operation == "rename")).entry])
    assert about(review.store, "delta", "supersedes") == ["hoist", "beta"]


def test_an_edited_annotation_is_the_whole_text(review: Review) -> None:
    offer = offered(review, next(c for c in CASES if c.operation == "annotate"))
    assert offer.planned.after is not None
    edited = review.edit(offer.entry, offer.planned.after.replace(b"teal", b"ochre"))
    assert "-The crane is teal." in review.offer(edited).diff
    review.accept([review.offer(edited).shown])
    assert says(review.store, "alpha") == "The crane is ochre.\n\nIt was painted in May.\n"
