"""What a dream proposes, what of it is safe, and what it leaves alone."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import memctl
from memctl import settings
from memctl.domain.proposal import Proposal
from memctl.errors import ModelFailed
from memctl.llm.provider import Prompt, Reply
from memctl.services.dream import consolidation, counsel
from memctl.services.dream.consolidation import Engine, Outcome
from memctl.services.dream.survey import Survey
from memctl.services.related import comparison, nearby
from memctl.services.related.claim import Claim
from memctl.services.related.verdict import Verdict
from memctl.services.review.loss import coverage_of
from memctl.services.review.verdicts import Review
from memctl.services.write import undo as undoing
from memctl.store.history import records as history
from memctl.store.memory.memories import MemoryStore
from memctl.store.state import dreams
from memctl.store.state.settled import Settled
from tests.doors.world import secret
from tests.kit.doors import door, place
from tests.kit.topics import topic

NOW = 1_795_000_000.0  # 2026-11-18


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    folder = tmp_path / "memory"
    folder.mkdir()
    return folder


def put(memory: Path, name: str, said: str, day: str = "2026-03-01", body: str = "", **more: str) -> None:
    """A memory that was saved on `day`."""
    at = f"{day}T10:00:00.000Z"
    text = topic(name, said, body or f"{said}.\n", created=at, modified=at, **more)
    (memory / f"{name}.md").write_text(text)


def dream(memory: Path, engine: Engine = consolidation.rules, by: str = "rules", **more: object) -> Outcome:
    wanted = replace(settings.load(), **more)  # type: ignore[arg-type]
    return consolidation.dream(place(memory), engine, wanted, by=by, root=str(memory), now=NOW)


def said(outcome: Outcome) -> list[tuple[str, ...]]:
    return [(p.operation, p.name, *p.others) for p in outcome.proposals]


class Scripted:
    """A provider that answers what it was given, whatever it is asked."""

    name, model = "scripted", None

    def __init__(self, *advice: Mapping[str, object]) -> None:
        empty = {"description": "", "body": "", "parts": [], "quote": "", "why": ""}
        self.answer = {"advice": [{**empty, **one} for one in advice]}
        self.asked: list[Prompt] = []

    def warm(self) -> None:
        """Nothing to prepare."""

    def ask(self, prompt: Prompt, deadline: float) -> Reply:
        """The answer."""
        self.asked.append(prompt)
        return Reply(self.answer)


def advised(memory: Path, *advice: Mapping[str, object], **more: object) -> Outcome:
    return dream(memory, counsel.by(Scripted(*advice)), "llm", **more)


def metadata(memory: Path, name: str) -> Mapping[str, Any]:
    return MemoryStore(str(memory)).find(name).metadata


def bulk(memory: Path) -> list[str]:
    """Accept everything that may be accepted in bulk; the names."""
    desk = Review(place(memory), now=NOW)
    waiting = [offer.entry for offer in desk.offers()[0]]
    left = desk.left_by_all(waiting)
    return [v.entry.proposal.name for v in desk.accept([e for e in waiting if e not in left])]


def duplicates(memory: Path) -> None:
    put(memory, "one", "The ferry gateway listens on port 8443")
    put(memory, "two", "The ferry gateway listens on port 8443", "2026-04-01")


def changed(memory: Path) -> None:
    """A tool that gave way, and one that gave way to that."""
    put(memory, "rota-mail", "The crew rota is mailed as a spreadsheet by Priya")
    put(
        memory,
        "rota-page",
        "The crew rota is on the harbour page, the spreadsheet is no longer mailed",
        "2026-04-01",
    )
    put(memory, "rota-app", "The crew rota is in the tide app, the harbour page is retired", "2026-05-01")


def test_duplicates_become_one_and_the_other_is_marked(memory: Path) -> None:
    duplicates(memory)
    outcome = dream(memory)
    assert said(outcome) == [("merge", "two", "one")]
    (offer,) = Review(place(memory), now=NOW).offers()[0]
    kept = coverage_of(offer.planned)
    assert kept is not None
    assert kept.lost == []
    before = (memory / "two.md").read_text()
    assert bulk(memory) == ["two"]
    assert metadata(memory, "one")["supersededBy"] == "two"
    assert (memory / "two.md").read_text() == before.replace("---\nThe", "  supersedes: one\n---\nThe")


def test_what_was_replaced_step_by_step_is_marked_step_by_step(memory: Path) -> None:
    changed(memory)
    assert said(dream(memory)) == [("supersede", "rota-app", "rota-page", "rota-mail")]
    assert bulk(memory) == ["rota-app"]
    assert [
        metadata(memory, name).get("supersededBy") for name in ("rota-mail", "rota-page", "rota-app")
    ] == [
        "rota-page",
        "rota-app",
        None,
    ]
    assert metadata(memory, "rota-page")["supersedes"] == "rota-mail"
    assert metadata(memory, "rota-app")["modified"].startswith("2026-05-01")


def test_the_second_run_proposes_nothing_before_and_after_the_verdicts(memory: Path) -> None:
    duplicates(memory)
    changed(memory)
    put(memory, "tide", "tide", body="The tide table is printed tomorrow on paper.\n")
    assert len(dream(memory).proposals) == 3
    assert dream(memory).proposals == []
    bulk(memory)
    assert dream(memory).proposals == []


def test_all_that_is_accepted_together_is_one_change_and_one_undo(memory: Path) -> None:
    duplicates(memory)
    changed(memory)
    before = {path.name: path.read_bytes() for path in memory.iterdir()}
    dream(memory)
    assert sorted(bulk(memory)) == ["rota-app", "two"]
    (record,) = [r for r in history.log(str(memory)) if r.verb == "review"]
    assert record.why.count("proposal ") == 2
    undoing.undo(door(memory), 1, now=NOW)
    assert {name: (memory / name).read_bytes() for name in before} == before
    back = Review(place(memory), now=NOW)
    assert back.finish()
    assert {offer.entry.proposal.name for offer in back.offers()[0]} == {"rota-app", "two"}


def test_a_rejected_cluster_comes_back_when_a_member_changes(memory: Path) -> None:
    duplicates(memory)
    dream(memory)
    desk = Review(place(memory), now=NOW)
    desk.reject(desk.offers()[0][0].entry)
    assert dream(memory).dropped == {"rejected": 1}
    merge = {"kind": "merge", "memories": ["two", "one"], "description": "The port", "body": "Port 8443."}
    assert advised(memory, merge).dropped == {"rejected": 1}  # however it is worded
    put(memory, "one", "The ferry gateway listens on port 8443", "2026-03-02")
    assert said(dream(memory)) == [("merge", "two", "one")]


@pytest.mark.parametrize("how", ["young", "pinned", "secret", "settled", "superseded", "waiting"])
def test_what_is_left_alone(memory: Path, how: str) -> None:
    duplicates(memory)
    if how == "young":
        put(memory, "two", "The ferry gateway listens on port 8443", "2026-11-18")
    elif how == "pinned":
        put(memory, "one", "The ferry gateway listens on port 8443", pinned="true")
    elif how == "secret":
        body = f"The ferry gateway listens on port 8443. Key {secret('dream')}.\n"
        put(memory, "one", "The ferry gateway listens on port 8443", body=body)
    elif how == "settled":
        one, two = MemoryStore(str(memory)).find_all(["one", "two"])
        Settled(str(memory)).add(one.fingerprint, two.fingerprint)
    elif how == "superseded":
        put(memory, "one", "The ferry gateway listens on port 8443", supersededBy="three")
    else:
        assert len(dream(memory).proposals) == 1
    assert dream(memory).proposals == []
    merge = {"kind": "merge", "memories": ["two", "one"], "description": "d", "body": "b"}
    assert advised(memory, merge).proposals == []


def test_what_disagrees_leads_to_each_other_once_a_person_says_so(memory: Path) -> None:
    put(memory, "anna", "Anna wants the quay lamps on at night")
    put(memory, "bert", "Bert wants the quay lamps off at night, unlike Anna", "2026-04-01")
    outcome = dream(memory)
    assert said(outcome) == [("annotate", "bert", "anna")]
    assert bulk(memory) == []
    desk = Review(place(memory), now=NOW)
    desk.accept([desk.offers()[0][0].entry])
    assert "Compare [[anna]]" in (memory / "bert.md").read_text()
    assert "Compare [[bert]]" in (memory / "anna.md").read_text()
    assert dream(memory).proposals == []


SECTIONS = """## Harbour lamps

The lamps at the quay are switched on at dusk by the harbour master, and off at dawn.

## Ferry tickets

Tickets are sold on board until 18:00; after that the machine at gate 4 sells them.
"""


def test_what_one_memory_lacks(memory: Path) -> None:
    put(memory, "crane", "crane", body="The crane at the north quay is painted teal.\n")
    put(
        memory, "talk", "When the harbour meeting is", body="The harbour meeting is tomorrow at the office.\n"
    )
    put(memory, "both", "Lamps and tickets at the harbour", body=SECTIONS)
    put(memory, "plan", "The dredging plan of the old basin", expires="2026-04-01")
    outcome = dream(memory)
    assert said(outcome) == [("update", "crane"), ("update", "talk"), ("split", "both"), ("move", "plan")]
    assert sorted(bulk(memory)) == ["crane", "talk"]
    assert "2026-03-02" in (memory / "talk.md").read_text()
    assert metadata(memory, "talk")["modified"].startswith("2026-03-01")
    desk = Review(place(memory), now=NOW)
    desk.accept([offer.entry for offer in desk.offers()[0]])
    made = MemoryStore(str(memory)).find("ferry-tickets")
    assert made.body.startswith("Tickets are sold on board until 18:00")
    assert made.metadata["created"].startswith("2026-03-01")
    assert "Tickets" not in MemoryStore(str(memory)).find("both").body
    assert metadata(memory, "plan")["tier"] == "cold"
    assert MemoryStore(str(memory)).find("both").description.startswith("Harbour lamps: ")


@pytest.mark.parametrize("described", ["Harbour facts of Ana", "Lamps of the pier"])
def test_a_split_keeps_a_description_that_is_no_other_part_s(memory: Path, described: str) -> None:
    put(memory, "both", described, body=SECTIONS)
    (proposal,) = dream(memory).proposals
    assert (proposal.operation, proposal.description) == ("split", described)


def test_a_link_that_leads_nowhere_is_turned_to_what_is_meant(memory: Path) -> None:
    put(memory, "tide-table", "The tide table hangs in the office", supersedes="old-table")
    put(
        memory,
        "crane",
        "The crane works at low tide",
        body="See [[Tide Table]], [[old-table]] and [[gone]].\n",
    )
    outcome = dream(memory)
    assert said(outcome) == [("update", "crane")]
    assert outcome.proposals[0].body == "See [[tide-table]], [[tide-table]] and [[gone]].\n"
    assert bulk(memory) == []


WORST: tuple[Mapping[str, object], ...] = (
    {
        "kind": "merge",
        "memories": ["one", "two", "lamps"],
        "description": "All",
        "body": "Everything is well.",
    },
    {"kind": "merge", "memories": ["one", "nobody"], "description": "All", "body": "b"},
    {"kind": "supersede", "memories": ["one", "lamps"]},
    {"kind": "over", "memories": ["lamps"], "quote": "The lamps are old"},
    {"kind": "over", "memories": ["lamps"], "quote": "switched on at dusk"},
    {"kind": "describe", "memories": ["lamps"], "description": "The lamps cost 400 euros"},
    {"kind": "split", "memories": ["lamps"], "parts": [{"name": "a", "description": "d", "body": "b"}] * 2},
    {"kind": "forget", "memories": ["lamps"]},
    {"kind": "cold", "memories": ["lamps"]},
)


@pytest.mark.parametrize("advice", WORST, ids=lambda a: f"{a['kind']} {len(a['memories'])}")  # type: ignore[arg-type]
def test_of_a_model_at_its_worst_nothing_is_accepted_in_bulk(memory: Path, advice: dict[str, object]) -> None:
    duplicates(memory)
    put(memory, "lamps", "The quay lamps are switched on at dusk", "2026-05-01")
    outcome = advised(memory, advice)
    desk = Review(place(memory), now=NOW)
    for offer in desk.offered(outcome.proposals):
        kept = coverage_of(offer.planned)
        removed = offer.planned.proposal.kind.removes
        assert not removed
        if offer.planned.proposal.kind.joins:
            assert kept is not None
            assert ("numbers", "8443") in kept.lost
    assert bulk(memory) == []


def test_a_model_may_say_well_what_is_there(memory: Path) -> None:
    duplicates(memory)
    put(memory, "lamps", "Lamps", body="The quay lamps are switched on at dusk. They are no longer green.\n")
    advice: tuple[Mapping[str, object], ...] = (
        {"kind": "describe", "memories": ["lamps"], "description": "The quay lamps are switched on at dusk"},
        {
            "kind": "merge",
            "memories": ["two", "one"],
            "description": "The ferry gateway listens on port 8443",
            "body": "The ferry gateway listens on port 8443.",
        },
    )
    outcome = advised(memory, *advice)
    assert [(p.operation, p.engine, p.origin) for p in outcome.proposals] == [
        ("update", "llm", "agent"),
        ("merge", "llm", "agent"),
    ]
    assert sorted(bulk(memory)) == ["lamps", "two"]
    over = {"kind": "over", "memories": ["lamps"], "quote": "They are no longer green."}
    (gone,) = advised(memory, over).proposals
    assert gone.kind.removes
    assert bulk(memory) == []  # a removal is the person's


def test_a_run_has_its_limits(memory: Path) -> None:
    duplicates(memory)
    changed(memory)
    few = dream(memory, dream_proposals=1)
    assert said(few) == [("supersede", "rota-app", "rota-page", "rota-mail")]
    assert few.over == {"proposals": 1}
    assert dream(memory, dream_proposals=1).proposals == []  # one waits
    short = {"kind": "merge", "memories": ["two", "one"], "description": "The port", "body": "8443."}
    assert advised(memory, short, dream_bytes=5).over == {"bytes": 1}


def test_no_memory_is_touched_twice_in_a_run(memory: Path) -> None:
    duplicates(memory)
    advice = [{"kind": "describe", "memories": ["one"], "description": text} for text in ("Port", "Ports")]
    assert len(advised(memory, *advice).proposals) == 1


def test_what_was_merged_is_not_worded_anew_but_takes_in_what_it_says(memory: Path) -> None:
    duplicates(memory)
    body = "The ferry gateway listens on port 8443.\n\nThe ferry gateway is in the cellar.\n"
    put(memory, "two", "The ferry gateway listens on port 8443", "2026-04-01", body, mergedFrom="zero")
    merge = {"kind": "merge", "memories": ["two", "one"], "description": "d", "body": "Port 8443."}
    assert advised(memory, merge).proposals == []


def test_what_can_no_longer_be_done_goes(memory: Path) -> None:
    duplicates(memory)
    (one,) = dream(memory).proposals
    put(memory, "one", "The ferry gateway listens on port 9443", body="It is port 9443 in the cellar.\n")
    dream(memory)
    assert one.id not in {e.proposal.id for e in Review(place(memory)).inbox.entries()[0]}


def test_a_proposal_that_lies_about_itself_is_found_out(memory: Path) -> None:
    """Whatever a file in the inbox says: what is safe is compared anew."""
    put(memory, "port", "The ferry gateway listens on port 8443")
    put(memory, "lamps", "The quay lamps are switched on at dusk", "2026-05-01")
    store = MemoryStore(str(memory))

    def forged(survey: object, _: MemoryStore) -> Iterator[Proposal]:
        from memctl.services.dream import drafts

        port, lamps = store.find_all(["port", "lamps"])
        yield drafts.replaced(lamps, {"port": "lamps"}, [lamps, port], "sure")

    assert said(dream(memory, forged)) == [("supersede", "lamps", "port")]
    assert bulk(memory) == []


@pytest.mark.parametrize("header", [{"expires": "2027-01-01"}, {"tier": "cold"}, {"type": "feedback"}])
def test_what_would_stop_speaking_sooner_is_not_merged_in_bulk(memory: Path, header: dict[str, str]) -> None:
    """One that ends or is archived speaks for no other; where they are shown otherwise, a person is asked."""
    put(memory, "one", "The ferry gateway listens on port 8443")
    put(memory, "two", "The ferry gateway listens on port 8443", "2026-04-01", **header)
    kept = "two" if "type" in header else "one"
    assert [name for _, name, _ in said(dream(memory))] == [kept]
    assert bulk(memory) == []


def test_what_holds_for_a_while_replaces_nothing_in_bulk(memory: Path) -> None:
    changed(memory)
    page = memory / "rota-page.md"
    page.write_text(page.read_text().replace("metadata:\n", "metadata:\n  expires: 2027-01-01\n"))
    dream(memory)
    assert bulk(memory) == []


def test_code_without_an_end_swallows_nothing_of_another_memory(memory: Path) -> None:
    same = "The ferry gateway listens on port 8443"
    put(memory, "one", same, "2026-04-01", body=f"{same}.\n\n```\nferry status\n")
    put(memory, "two", same, body=f"{same}.\n\nIts key lies in `/etc/ferry`.\n")
    (one,) = dream(memory).proposals
    assert one.body.endswith("ferry status\n```\n\nIts key lies in `/etc/ferry`.\n") or (
        one.body.endswith("```\nferry status\n")
    )


def test_a_link_behind_code_without_an_end_is_read(memory: Path) -> None:
    for name in ("one", "two"):
        put(memory, name, f"The {name} quay", body=f"The {name} quay.\n\n```\nferry status\n")
    advice = {"kind": "contradict", "memories": ["one", "two"]}
    assert said(advised(memory, advice)) == [("annotate", "one", "two")]
    desk = Review(place(memory), now=NOW)
    desk.accept([offer.entry for offer in desk.offers()[0]])
    assert (memory / "one.md").read_text().endswith("```\n\nCompare [[two]]: it says otherwise.\n")


def test_a_memory_that_cannot_be_read_any_more_stops_no_run(memory: Path) -> None:
    duplicates(memory)
    dream(memory)
    (memory / "two.md").unlink()
    (memory / "two.md").mkdir()
    assert said(dream(memory)) == []


def test_advice_that_is_not_followed_is_counted(memory: Path) -> None:
    duplicates(memory)
    none = {"kind": "merge", "memories": ["one", "nobody"]}
    removal = {"kind": "over", "memories": ["one"], "quote": "The ferry gateway"}
    found = advised(memory, none, removal)
    assert found.proposals == []
    assert sum(found.dropped.values()) == 2


def test_a_run_that_failed_does_not_count_as_one(memory: Path) -> None:
    duplicates(memory)

    def failing(survey: Survey, store: MemoryStore) -> Iterator[Proposal]:
        raise ModelFailed("no answer")
        yield

    dreams.begun(str(memory), NOW - 90_000)
    assert dream(memory, failing, "llm").failure is not None
    assert dreams.begun(str(memory), NOW)[1] == 2


LONG = "Releases of the shop go out on Tuesday after the smoke test on the mirror has passed. "


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{LONG}Skip the canary.", f"{LONG}Keep the canary."),
        (f"{LONG}Oskar signs them off.", f"{LONG}Petra signs them off."),
        (f"{LONG}The flag defaults to on.", f"{LONG}The flag defaults to off."),
    ],
)
def test_what_contradicts_is_not_merged_in_bulk(memory: Path, one: str, other: str) -> None:
    put(memory, "one", "Releases of the shop", "2026-01-10", body=one)
    put(memory, "other", "Releases of the shop", "2026-05-10", body=other)
    dream(memory)
    assert not bulk(memory)


def test_what_says_all_of_another_one_is_merged_in_bulk(memory: Path) -> None:
    put(memory, "one", "Releases of the shop", "2026-01-10", body=LONG)
    put(memory, "other", "Releases of the shop", "2026-05-10", body=f"{LONG}The canary comes first.")
    dream(memory)
    assert bulk(memory)


KAFKA = "Kafka carries the order events."


@pytest.mark.parametrize(
    ("earlier", "origin", "taken"),
    [
        (KAFKA, "person", True),
        (f"{KAFKA}\n\nThe vault password is rotated by Ines each March.", "person", False),
        (KAFKA, "file", False),
        (KAFKA, "agent", False),
    ],
)
def test_in_bulk_nothing_replaces_a_second_fact_or_better_words(
    memory: Path, earlier: str, origin: str, taken: bool
) -> None:
    put(memory, "old", KAFKA, "2026-01-10", body=earlier)
    new = "Kafka no longer carries the order events."
    put(memory, "new", new, "2026-05-10", body=new, origin=origin)
    dream(memory)
    assert bool(bulk(memory)) is taken


@pytest.mark.parametrize(
    ("told", "dated"),
    [
        ("Check that the backup of today is not empty before a migration", None),
        (
            "The harbour office moved to the quay yesterday",
            "The harbour office moved to the quay on 2026-02-28",
        ),
    ],
)
def test_the_day_of_a_statement_is_told_and_of_an_instruction_none(
    memory: Path, told: str, dated: str | None
) -> None:
    put(memory, "office", told)
    found = dream(memory).proposals
    assert [(one.description, one.body) for one in found] == ([(dated, f"{dated}.\n")] if dated else [])
    review = Review(place(memory), now=NOW)
    assert review.left_by_all([offer.entry for offer in review.offers()[0]]) == []


def test_a_run_compares_what_changed_since_the_last_one(
    memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[set[str]] = []

    def counted(older: Claim, newer: Claim) -> Verdict:
        """The real verdict, noted."""
        compared.append({older.statement.name, newer.statement.name})
        return comparison.verdict(older, newer)

    monkeypatch.setattr(nearby, "verdict", counted)
    for number, thing in enumerate(("pump", "crane", "lamp", "scale")):
        put(memory, thing, f"The harbour {thing} listens on port 80{number}")
    put(memory, "mail", "The harbour rota is on the page, the sheet is no longer mailed", "2026-04-01")

    def run() -> list[set[str]]:
        """What one run compares."""
        compared.clear()
        dream(memory)
        return list(compared)

    assert run()
    assert run() == []
    put(memory, "gate", "The harbour gate listens on port 804", "2026-04-02")
    assert run()
    assert all("gate" in pair for pair in compared)
    monkeypatch.setattr(memctl, "__version__", "another")
    assert len(run()) > 4
    assert run() == []
    for number in range(6):
        put(memory, f"winch-{number}", f"The winch {number} is oiled by Ana")
    assert any("winch" not in "".join(pair) for pair in run())  # a word tells less by now


def test_two_runs_at_once_keep_to_the_limit_of_one_and_to_each_memory_once(memory: Path) -> None:
    for thing, said in (("relay", "is bought"), ("crane", "moves"), ("lamp", "burns")):
        put(memory, thing, f"What the {thing} does", body=f"The {thing} {said} tomorrow.\n")
    duplicates(memory)

    def both(survey: Survey, store: MemoryStore) -> Iterator[Proposal | counsel.Unheeded]:
        """An engine during which another run begins and ends."""
        drafts = list(consolidation.rules(survey, store))
        dream(memory, lambda *_: iter(drafts[:2]), "llm", dream_proposals=3)
        yield from drafts

    outcome = dream(memory, both, dream_proposals=3)
    waiting = [offer.entry.proposal for offer in Review(place(memory), now=NOW).offers()[0]]
    assert len(waiting) == 3
    touched = [target.name for one in waiting for target in one.targets]
    assert len(touched) == len(set(touched))
    assert len(outcome.proposals) == 1
    assert outcome.over["proposals"] >= 1
