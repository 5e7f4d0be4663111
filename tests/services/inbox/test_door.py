"""The one way for a new proposal into the inbox: each check, once, in order, for whoever proposes."""

from dataclasses import replace
from pathlib import Path

import pytest

from memctl.domain.proposal import Evidence, Proposal, Target
from memctl.errors import Refused
from memctl.services import guard
from memctl.services.inbox.door import InboxDoor
from memctl.services.inbox.provenance import Measured, Quotable, Quoted, Stated
from memctl.services.inbox.reasons import REASONS, Dropped
from memctl.services.review.verdicts import Review
from memctl.store.memory.memories import MemoryStore
from memctl.store.state import registry
from memctl.store.state.inbox import Inbox
from memctl.store.state.resolve import Place, Rule
from tests.kit.topics import topic

NOW = 1_795_000_000.0
TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
STATED = Stated("agent", "a test says so")
MEASURED = Measured("a test found it")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    folder = tmp_path / "memory"
    folder.mkdir()
    for name, body in (("yarn", "Use yarn.\n"), ("npm", "The lockfile of npm is large.\n")):
        (folder / f"{name}.md").write_text(topic(name, f"about {name}", body))
    return Place(str(folder), str(tmp_path), [])


def draft(operation: str = "create", name: str = "tabs", *targets: str, **more: object) -> Proposal:
    fields: dict[str, object] = {
        "type": "feedback", "description": "Use tabs in Go.", "body": "Use tabs in Go.\n", "evidence": (), "origin": "",
        "targets": tuple(Target(target) for target in targets),
    }  # fmt: skip
    return Proposal("", operation, name, **{**fields, **more})  # type: ignore[arg-type]


def taken(place: Place, one: Proposal, provenance: Stated | Quoted | Measured = STATED) -> Proposal | str:
    found = InboxDoor(place, NOW).take(one, provenance)
    return found.reason if isinstance(found, Dropped) else found


def test_nothing_is_written_before_put(place: Place) -> None:
    door = InboxDoor(place, NOW)
    proposal = door.take(draft(), STATED)
    assert isinstance(proposal, Proposal)
    assert (proposal.origin, proposal.why, proposal.created) == ("agent", "a test says so", NOW)
    assert Inbox(place.directory).entries() == ([], [])
    door.put()
    assert [e.proposal for e in Inbox(place.directory).entries()[0]] == [proposal]


def test_put_registers_the_project_and_is_refused_for_one_of_another(place: Place, tmp_path: Path) -> None:
    rule = Rule("slug", place.directory, "", by_slug=True)
    rule.matched = True
    door = InboxDoor(Place(place.directory, str(tmp_path), [rule]), NOW)
    door.put()
    assert registry.every() == [], "nothing was proposed"
    door.take(draft(), STATED)
    door.put()
    assert [r.roots for r in registry.every()] == [[str(tmp_path)]]
    other = tmp_path / "other"
    other.mkdir()
    rival = InboxDoor(Place(place.directory, str(other), [rule]), NOW)
    rival.take(draft(name="dots", body="Put dots at the end.\n", description="dots"), STATED)
    with pytest.raises(Refused):
        rival.put()
    assert len(Inbox(place.directory).entries()[0]) == 1


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (draft("conjure"), "shape"),
        (draft("create", "a", "yarn"), "shape"),
        (draft("merge", "both", "yarn"), "shape"),
        (draft("move", "yarn", "yarn", tier="lukewarm"), "shape"),
        (draft(tier="hot"), "shape"),
        (draft(description="two\nlines"), "shape"),
        (draft(evidence=(Evidence("t1", "nobody checked this"),)), "evidence"),
        (draft(body=f"The key is {TOKEN}.\n"), "secret"),
        (draft("move", TOKEN, "yarn", tier="hot"), "secret"),
        (draft(body="hidden\u202e text\n"), "guard"),
        (draft("update", "nobody", "nobody"), "target"),
        (draft("merge", "both", "yarn", "nobody"), "target"),
        (draft("merge", "both", "yarn", "yarn.md"), "target"),
        (draft("rename", "npm", "yarn"), "name"),
        (draft("rename", "yarn", "yarn"), "name"),
        (draft("rename", "../up", "yarn"), "name"),
        (draft(name="../up"), "name"),
        (draft(body="Use yarn.\n", description="Use yarn."), "known"),
    ],
)
def test_what_does_not_come_in(one: Proposal, reason: str, place: Place) -> None:
    assert reason in REASONS
    assert taken(place, one) == reason


def test_targets_are_found_in_the_listing_with_the_fingerprint_of_now(place: Place) -> None:
    seen = {m.stem: m.fingerprint for m in MemoryStore(place.directory).memories()[0]}
    merge = taken(place, draft("merge", "both", "yarn.md", "npm"))
    assert isinstance(merge, Proposal)
    assert merge.targets == (Target("yarn", seen["yarn"]), Target("npm", seen["npm"]))
    into = taken(place, draft("merge", "npm", "yarn", "npm"))
    assert isinstance(into, Proposal)
    assert (into.name, into.supersedes) == ("npm", "yarn")


def test_a_name_that_is_taken_gets_a_number(place: Place) -> None:
    door = InboxDoor(place, NOW)
    door.take(draft(), STATED)
    again = door.take(draft(body="Quite another fact.\n", description="Another"), STATED)
    superseding = door.take(draft("supersede", "npm", "npm", body="It is small now.\n"), STATED)
    assert [p.name for p in (again, superseding) if isinstance(p, Proposal)] == ["tabs-2", "npm-2"]


@pytest.mark.parametrize(
    "one",
    [
        draft(),
        draft("merge", "both", "yarn", "npm"),
        draft("annotate", "yarn", "yarn", body="It is version four.\n", description=""),
        draft("rename", "berry", "yarn", description="", body=""),
        draft("move", "yarn", "yarn", tier="cold", description="", body=""),
        draft("supersede", "pnpm", "yarn"),
        draft("update", "yarn", "yarn"),
    ],
    ids=lambda p: p.operation,
)
def test_what_waits_or_was_rejected_does_not_come_again(one: Proposal, place: Place) -> None:
    door = InboxDoor(place, NOW)
    assert isinstance(door.take(one, STATED), Proposal)
    assert door.take(one, STATED) == Dropped("known")
    door.put()
    assert taken(place, one) == "known"
    review = Review(place, now=NOW)
    review.reject(review.offers()[0][0].entry)
    assert taken(place, one) == "rejected"


def test_a_rejected_move_stops_no_other(place: Place) -> None:
    door = InboxDoor(place, NOW)
    door.take(draft("move", "yarn", "yarn", tier="cold"), STATED)
    door.put()
    review = Review(place, now=NOW)
    review.reject(review.offers()[0][0].entry)
    for one in (draft("move", "yarn", "yarn", tier="hot"), draft("move", "npm", "npm", tier="cold")):
        assert isinstance(taken(place, one), Proposal)


def test_the_weakest_of_the_quoted_turns_says_whose_words_they_are(place: Place) -> None:
    turns = {
        "t1": Quotable((("person", "please use tabs in go"),)),
        "t2": Quotable((("tool", "gofmt indents with tabs"),)),
    }
    one = draft(evidence=(Evidence("t1", "use tabs in Go"), Evidence("t2", "indents with tabs")))
    for evidence, origin in ((one.evidence, "tool"), (one.evidence[:1], "person")):
        found = taken(place, replace(one, evidence=evidence), Quoted(turns))
        assert isinstance(found, Proposal)
        assert found.origin == origin
    assert taken(place, draft(), Quoted(turns)) == "evidence"
    assert taken(place, draft("delete", "yarn", "yarn"), MEASURED) == "shape"


def test_each_text_meets_the_guard_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    real = guard.check_text

    def check_text(text: str, **more: str) -> list[object]:
        seen.append(text)
        return list(real(text, **more))  # type: ignore[arg-type]

    monkeypatch.setattr(guard, "check_text", check_text)
    assert isinstance(taken(place, draft()), Proposal)
    assert [seen.count(text) for text in ("tabs", "Use tabs in Go.", "Use tabs in Go.\n")] == [1, 1, 1]


def test_a_secret_of_a_memory_does_not_come_along_with_an_update(place: Place) -> None:
    body = f"Keep the logs of staging for 30 days.\n\nThe key is {TOKEN}.\n"
    text = topic("logs", "Keep the logs of staging for 30 days.", body)
    (Path(place.directory) / "logs.md").write_text(text)
    fact = "Keep the logs of staging for 90 days."
    assert taken(place, draft(name="log-time", body=f"{fact}\n", description=fact)) == "secret"


def test_a_removal_is_offered_without_the_secret_that_the_memory_has(place: Place) -> None:
    one = draft(
        "delete", "yarn", "yarn", description=f"key {TOKEN}", body="", evidence=(Evidence("a.py", "gone"),)
    )
    found = taken(place, one, MEASURED)
    assert isinstance(found, Proposal)
    assert (found.origin, TOKEN in found.description) == ("tool", False)


def test_what_leaves_goes_when_the_rest_comes(place: Place) -> None:
    door = InboxDoor(place, NOW)
    first = door.take(draft(), STATED)
    assert isinstance(first, Proposal)
    door.put()
    door = InboxDoor(place, NOW, leaving=[first.id])
    assert isinstance(door.take(draft(), STATED), Proposal), "it is not known any more"
    door = InboxDoor(place, NOW, leaving=[first.id])
    door.put()
    assert Inbox(place.directory).entries()[0] == []
