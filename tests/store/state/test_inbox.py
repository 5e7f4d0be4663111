"""The inbox's files: those of an older memctl are read, those of a later one are named and left alone."""

import json
import shutil
from pathlib import Path

import pytest

from memctl.domain.proposal import Evidence, Proposal, Target, identified
from memctl.errors import NotFound
from memctl.services.review.verdicts import Review
from memctl.store.memory.memories import MemoryStore
from memctl.store.state import arrivals
from memctl.store.state.entries import SCHEMA, Entry
from memctl.store.state.inbox import Inbox
from memctl.store.state.resolve import Place

OLD = Path(__file__).parents[2] / "fixtures" / "inbox"
"""An inbox and its memories as version 0.1.0 wrote them."""


@pytest.fixture
def directory(tmp_path: Path) -> str:
    """The memories of version 0.1.0 with their inbox."""
    shutil.copytree(OLD / "memory", tmp_path / "memory")
    shutil.copytree(OLD / "inbox", Inbox(str(tmp_path / "memory")).folder)
    return str(tmp_path / "memory")


def one(name: str = "tabs") -> Proposal:
    evidence = (Evidence("t1", "use tabs in Go"),)
    return identified(
        Proposal("", "create", name, "feedback", "Use tabs.", "Use tabs.\n", evidence, "person")
    )


def test_an_older_inbox_is_read(directory: str) -> None:
    waiting, damaged = Inbox(directory).entries()
    assert damaged == []
    found = {e.proposal.name: e for e in waiting}
    assert {name: e.proposal.operation for name, e in found.items()} == {
        "use-tabs-go": "create",
        "logs": "update",
        "never-push-main": "create",
        "staging-database-port-5433": "create",
        "use-pnpm": "supersede",
        "kafka": "delete",
    }
    store = MemoryStore(directory)
    for name, old in (("logs", "logs"), ("use-pnpm", "yarn"), ("kafka", "kafka")):
        assert found[name].proposal.targets == (Target(old, store.find(old).fingerprint),)
    assert found["use-tabs-go"].proposal.targets == ()
    assert (found["use-pnpm"].proposal.supersedes, found["use-pnpm"].later) == ("yarn", 1)
    assert found["never-push-main"].approval is not None
    assert found["staging-database-port-5433"].taken_back
    assert [e.proposal.name for e in Inbox(directory).decided()] == ["priya-owns-billing"]


def test_an_older_inbox_is_listed_and_accepted(directory: str) -> None:
    review = Review(Place(directory, directory, []), now=1_795_000_100.0)
    assert review.finish() == ["carried out the approved create of never-push-main"]
    offers, _ = review.offers()
    assert [o.planned.stale for o in offers] == [False] * 5
    review.accept([o.entry for o in offers])
    store = MemoryStore(directory)
    names = {m.stem for m in store.memories()[0]}
    assert names == {
        "logs", "never-push-main", "page-size", "priya-owns-billing", "staging-database-port-5433", "use-pnpm",
        "use-tabs-go", "yarn",
    }  # fmt: skip
    assert store.find("logs").body == "Keep the logs of staging for 90 days.\n\nAsk Ben for access.\n"
    assert store.find("yarn").metadata["supersededBy"] == "use-pnpm"
    assert Inbox(directory).entries()[0] == []


def test_what_is_read_is_written_in_the_present_form(directory: str) -> None:
    inbox = Inbox(directory)
    before = inbox.entries()[0]
    for entry in before:
        inbox.put(entry)
    assert inbox.entries() == (before, [])
    written = [json.loads(path.read_text()) for path in Path(inbox.folder).glob("*.json")]
    assert {content["schema"] for content in written} == {SCHEMA}


@pytest.mark.parametrize(
    "change",
    [
        {"schema": SCHEMA + 1},
        {"proposal": {"operation": "conjure"}},
        {"proposal": {"operation": "merge"}},
        {"proposal": {"targets": None}},
        {"proposal": {"targets": [{"name": "x"}]}},
        {"proposal": {"colour": "teal"}},
        {"proposal": {"tier": 5}},
        {"later": "often"},
    ],
)
def test_what_cannot_be_read_is_named_and_stays(change: dict[str, object], directory: str) -> None:
    inbox = Inbox(directory)
    arrivals.put(directory, one())
    path = Path(inbox.folder) / f"{one().id}.json"
    content = json.loads(path.read_text())
    for key, value in change.items():
        content[key] = {**content[key], **value} if isinstance(value, dict) else value
    path.write_text(json.dumps(content))
    kept = path.read_bytes()
    offers, damaged = Review(Place(directory, directory, []), now=1.0).offers()
    assert (len(offers), damaged) == (5, [path.name])
    assert path.read_bytes() == kept


def test_only_what_waits_is_updated(directory: str) -> None:
    inbox = Inbox(directory)
    with pytest.raises(NotFound):
        inbox.put(Entry(one(), later=1))
    arrivals.put(directory, one())
    inbox.put(Entry(one(), later=1))
    arrivals.put(directory, one())
    assert inbox.find(one().id).later == 1, "one that waits already stays as it is"
    inbox.drop(one().id)
    inbox.bring_back(Entry(one(), later=2))
    assert inbox.find(one().id).later == 2
