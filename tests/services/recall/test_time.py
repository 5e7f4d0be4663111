"""What was replaced, has expired or is archived: its place, its label, and who stands in for it."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from memctl.domain import times
from memctl.domain.proposal import DREAM, Proposal, Target, identified
from memctl.domain.selection import Selection
from memctl.errors import NotFound
from memctl.llm.provider import Provider
from memctl.places import cache_file
from memctl.services.recall import fulltext, lexical, overview
from memctl.services.recall.answer import Ask, recall
from memctl.services.recall.tense import is_past
from memctl.services.recall.trace import trace
from memctl.services.write.door import WriteDoor
from memctl.services.write.draft import draft
from memctl.services.write.relocate import forget
from memctl.services.write.request import Request
from memctl.store.memory.memories import MemoryStore
from memctl.store.search.database import open_database
from memctl.store.state import doubts, entries
from memctl.store.state.entries import Entry
from memctl.store.state.inbox import Inbox
from memctl.store.state.registry import open_place
from memctl.store.state.settled import Settled
from tests.kit.cli import Memctl
from tests.kit.topics import write_topic

NOW = time.time()
DAY = 86_400.0


def never() -> Provider:
    raise AssertionError("no model is asked")


def ask(directory: Path, query: str, **more: object) -> Selection:
    return recall(str(directory), Ask(query, "lexical", **more), never, now=NOW)  # type: ignore[arg-type]


def names(found: Selection) -> list[str]:
    return [one.memory.stem for one in found.memories]


def labels(found: Selection) -> list[str]:
    return [one.standing.label for one in found.memories]


def hooked(directory: Path, query: str) -> list[str]:
    """What a hook gives."""
    return [hit.stem for hit in lexical.recall(str(directory), query, now=NOW).hits]


@pytest.fixture
def chain(memory_dir: Path) -> Path:
    """Three couriers, one after the other; the last one's text has none of the first one's words."""
    say = "Parcels to the islands go with Rasmussen"
    write_topic(memory_dir, "courier-a", say, "By van.", created="2026-01-10", supersededBy="courier-b")
    write_topic(
        memory_dir, "courier-b", "Sendings: Lindqvist", created="2026-03-02", supersededBy="Courier-C"
    )
    write_topic(memory_dir, "courier-c", "Sendings: Ostrom", created="2026-05-12T08:00:00Z")
    write_topic(memory_dir, "parcel-size", "Parcels to the islands weigh at most 20 kg", created="2026-01-11")
    return memory_dir


QUERY = "how do parcels to the islands go?"


def test_what_replaced_it_is_there_and_comes_first(chain: Path) -> None:
    found = ask(chain, QUERY)
    assert names(found) == ["courier-c", "courier-a", "parcel-size"]
    assert labels(found) == ["", "replaced by courier-b on 2026-03-02", ""]
    assert names(ask(chain, QUERY, limit=1)) == ["courier-c"]
    assert names(ask(chain, "sendings Lindqvist")) == ["courier-c", "courier-b"]


def test_what_replaced_one_another_is_one_subject(memory_dir: Path) -> None:
    """Neither has enough of the words in a directory of this size; both together have."""
    for number in range(80):
        write_topic(memory_dir, f"other-{number}", f"Something else number {number}", "Nothing of the kind.")
    write_topic(memory_dir, "stripe", "Stripe charges cards", created="2026-01-01", supersededBy="adyen")
    write_topic(memory_dir, "adyen", "Adyen is our acquirer", "For every transaction.", created="2026-02-01")
    query = "which rate was agreed per cards transaction?"
    assert names(ask(memory_dir, query)) == ["adyen", "stripe"]
    file = memory_dir / "stripe.md"
    file.write_text(file.read_text().replace("supersededBy: adyen", "seeAlso: adyen"))
    assert names(ask(memory_dir, query)) == []


def test_what_replaced_it_is_placed_by_the_words_of_both(memory_dir: Path) -> None:
    """Each has one word of the query; another memory has two, but is not about it."""
    write_topic(memory_dir, "olives", "Olives: programme 2", "Solenoid.", supersededBy="grove")
    write_topic(memory_dir, "grove", "Grove: watering on Mondays", "Solar.")
    write_topic(memory_dir, "crew", "The evening crew has a watering can", "It is green.")
    query = "evening watering of olives"
    assert names(ask(memory_dir, query)) == ["grove", "olives", "crew"]
    assert hooked(memory_dir, query) == ["grove", "crew"]
    query = "who has the evening watering can?"
    assert names(ask(memory_dir, query))[0] == "crew"


def test_a_hook_gives_only_what_holds(chain: Path) -> None:
    assert hooked(chain, QUERY) == ["courier-c", "parcel-size"]
    assert names(ask(chain, QUERY, holding=True)) == ["courier-c", "parcel-size"]


def test_without_a_link_nothing_moves(chain: Path) -> None:
    (chain / "courier-a.md").write_text(
        (chain / "courier-a.md").read_text().replace("supersededBy", "seeAlso")
    )
    assert names(ask(chain, QUERY)) == ["courier-a", "parcel-size"]
    assert labels(ask(chain, QUERY)) == ["", ""]


def test_a_conversation_that_saw_the_successor_is_not_told_of_the_old_one(chain: Path) -> None:
    assert names(ask(chain, QUERY, surfaced=["courier-c"])) == ["parcel-size"]


@pytest.mark.parametrize("target", ["nowhere", "crane-old", "crane-b"])
def test_a_name_that_leads_nowhere_hides_nothing(memory_dir: Path, target: str) -> None:
    write_topic(memory_dir, "crane-old", "The crane is painted teal", supersededBy=target)
    write_topic(memory_dir, "crane-b", "The crane is painted red", supersededBy="crane-old")
    found = ask(memory_dir, "which colour is the crane painted?")
    assert sorted(names(found)) == ["crane-b", "crane-old"]
    assert f"replaced by {target}" in labels(found)
    assert hooked(memory_dir, "which colour is the crane painted?")


def test_what_has_expired_comes_after_all_that_holds(memory_dir: Path) -> None:
    write_topic(memory_dir, "freeze", "Merging to main is frozen for the audit", expires="2026-01-31")
    write_topic(memory_dir, "merging", "Merging to main needs a review", created="2025-01-01")
    write_topic(memory_dir, "window", "Merging to main is quick", expires="2099-01-31")
    found = ask(memory_dir, "is merging to main frozen?")
    assert (names(found)[-1], labels(found)) == ("freeze", ["", "", "expired 2026-01-31"])
    assert "freeze" not in hooked(memory_dir, "is merging to main frozen?")


def test_the_archive_answers_only_where_nothing_warmer_does(memory_dir: Path) -> None:
    write_topic(memory_dir, "printer", "The printer stands on the second floor", tier="cold")
    write_topic(memory_dir, "toner", "The printer takes black toner", tier="warm")
    found = ask(memory_dir, "where does the printer stand?")
    assert names(found) == ["toner"]
    (memory_dir / "toner.md").unlink()
    found = ask(memory_dir, "where does the printer stand?")
    assert (names(found), labels(found)) == (["printer"], ["archived"])
    assert [one.standing.tier for one in found.memories] == ["cold"]


def test_the_tier_of_a_memory_is_where_it_can_be_found(memory_dir: Path) -> None:
    write_topic(memory_dir, "one", "in the index")
    write_topic(memory_dir, "two", "not in the index")
    (memory_dir / "MEMORY.md").write_text("- [One](one.md) — in the index\n")
    found = overview.standings(str(memory_dir), ["one.md", "two.md"], NOW)
    assert {file: one.tier for file, one in found.items()} == {"one.md": "hot", "two.md": "warm"}


def test_many_replaced_ones_hide_nothing_below_them(memory_dir: Path) -> None:
    for number in range(60):
        write_topic(memory_dir, f"port-{number}", "port port port", "port", supersededBy="gone", tier="cold")
    write_topic(memory_dir, "listening", "The gateway has a port", "Among much else that is said of it here.")
    assert hooked(memory_dir, "port")[:1] == ["listening"]


def test_a_date_in_the_text_counts_where_the_header_says_nothing(memory_dir: Path) -> None:
    (memory_dir / "old.md").write_text(
        "---\nname: old\nmetadata:\n  supersededBy: new\n---\nPort 80 for tar.\n"
    )
    (memory_dir / "new.md").write_text(
        "Since 2026-02-30 or 2026-02-03, port 81 for tar; review on 2999-01-01.\n"
    )
    found = overview.standings(str(memory_dir), ["old.md"], NOW)["old.md"]
    assert (found.superseded_by, found.superseded_on) == ("new", "2026-02-03")
    (memory_dir / "new.md").write_text("Port 81 for tar.\n")
    assert overview.standings(str(memory_dir), ["old.md"], NOW)["old.md"].superseded_on is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("on 2026-01-31 and 2026-01-05", "2026-01-31"), ("12026-01-05", ""), ("2026-01-055", ""), ("a-b", ""),
        ("v2026-01-05x", ""), ("(2026-01-05)", "2026-01-05"), ("", ""), ("2026-13-05", ""),
    ],
)  # fmt: skip
def test_the_latest_day_of_a_text(text: str, day: str) -> None:
    found = times.latest_day(text, NOW)
    assert (times.write_second(found)[:10] if found else "") == day


def test_a_cache_of_an_earlier_version_is_made_anew(chain: Path) -> None:
    ask(chain, QUERY)
    db = open_database(cache_file(str(chain)))
    assert db is not None
    db.execute("commit")
    db.execute("update meta set value = '7' || substr(value, 2)")
    db.close()
    assert names(ask(chain, QUERY))[:2] == ["courier-c", "courier-a"]


PAST = [
    "Why did we drop Kafka?", "What did we try for the slow map?", "How did we use to deploy?",
    "Which port was used before 8080?", "Who looked after invoicing before Leila?",
    "Warum haben wir Kafka verworfen?", "Welchen Port hatten wir früher?", "¿Qué usábamos antes de pnpm?",
    "¿Por qué abandonamos Kafka?", "Qu'est-ce qu'on utilisait avant ?", "Perché abbiamo abbandonato Kafka?",
    "Que porta usávamos antigamente?", "Почему мы отказались от Kafka?", "以前 Redis 的前缀是什么？",
    "我们为什么放弃了Kafka？", "以前のポートは何番でしたか？", "예전에는 어떤 포트를 썼나요?",
]  # fmt: skip
PRESENT = [
    "What do I run before I commit?", "What must be checked before you commit?", "Which tool is used to lint?",
    "Where are old logs rotated to?", "Which rate was agreed?", "Was wurde zum Port beschlossen?",
    "Was ist zu tun, bevor ich committe?", "¿Qué hay que hacer antes de hacer commit?",
    "Que faut-il faire avant de committer ?", "Cosa devo fare prima di fare il commit?",
    "O que devo fazer antes de fazer commit?", "Что сделать, прежде чем коммитить?", "提交之前要做什么？",
    "コミットする前に何をしますか？", "커밋하기 전에 무엇을 하나요?",
]  # fmt: skip


@pytest.mark.parametrize(("query", "past"), [*((q, True) for q in PAST), *((q, False) for q in PRESENT)])
def test_a_question_about_the_past_is_told_by_its_language(query: str, past: bool) -> None:
    assert is_past(query) is past


def test_a_question_about_the_past_is_answered_by_the_old_one(chain: Path) -> None:
    found = ask(chain, "how did we use to send parcels to the islands?")
    assert [name for name in names(found) if name != "parcel-size"][:2] == ["courier-a", "courier-c"]
    now = ask(chain, "parcels to the islands with Rasmussen: what do I do before you send them?")
    assert names(now)[:3] == ["courier-c", "courier-b", "courier-a"], "the newest first"


def at(day: str) -> float:
    found = times.end_of_day(day)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("day", "there"),
    [("2026-01-09", []), ("2026-01-10", ["courier-a"]), ("2026-03-02", ["courier-b", "courier-a"]),
     ("2026-05-11", ["courier-b", "courier-a"]), ("2026-05-12", ["courier-c", "courier-a"])],
)  # fmt: skip
def test_as_of_a_day_what_held_then_comes_first(chain: Path, day: str, there: list[str]) -> None:
    found = ask(chain, "parcels to the islands go with Rasmussen", as_of=at(day))
    assert [name for name in names(found) if name != "parcel-size"] == there
    assert found.as_of == at(day)
    if day == "2026-01-10":
        assert labels(found)[0] == "", "it had not been replaced yet"


def test_as_of_a_day_on_which_it_had_not_expired(memory_dir: Path) -> None:
    write_topic(memory_dir, "freeze", "Merging is frozen", created="2026-01-01", expires="2026-01-31")
    assert labels(ask(memory_dir, "merging frozen", as_of=at("2026-01-30"))) == [""]
    assert labels(ask(memory_dir, "merging frozen", as_of=at("2026-02-02"))) == ["expired 2026-01-31"]


def save(directory: Path, text: str, name: str, moment: float, **more: object) -> None:
    request = Request(text, name, now=moment, force=True, **more)  # type: ignore[arg-type]
    change = draft(MemoryStore(str(directory)), request).change
    assert change is not None
    WriteDoor(open_place(str(directory), str(directory))).write(change, now=moment)


@pytest.fixture
def written(memory_dir: Path) -> Path:
    """A memory that was changed, and one that was forgotten, each on a day of its own."""
    save(memory_dir, "The quay crane lifts 40 tons.", "crane", at("2026-01-01"))
    save(memory_dir, "The quay has a ferry.", "ferry", at("2026-01-02"))
    save(memory_dir, "The quay crane lifts 55 tons.", "crane", at("2026-01-03"), update=True)
    store = MemoryStore(str(memory_dir))
    change, _ = forget(store, ["ferry"])
    WriteDoor(open_place(str(memory_dir), str(memory_dir))).write(change, now=at("2026-01-04"))
    return memory_dir


@pytest.mark.parametrize(
    ("day", "texts"),
    [("2025-12-31", {}), ("2026-01-01", {"crane": "40"}), ("2026-01-02", {"crane": "40", "ferry": "a ferry"}),
     ("2026-01-03", {"crane": "55", "ferry": "a ferry"}), ("2026-01-04", {"crane": "55"})],
)  # fmt: skip
def test_what_was_changed_or_forgotten_since_is_told_as_it_was(
    written: Path, day: str, texts: dict[str, str]
) -> None:
    found = ask(written, "what is at the quay: crane, ferry?", as_of=at(day))
    assert {one.memory.stem: one.memory.body for one in found.memories}.keys() == texts.keys()
    for one in found.memories:
        assert texts[one.memory.stem] in one.memory.body
        was = "gone" if one.memory.stem == "ferry" else "changed" if "40" in one.memory.body else ""
        assert one.standing.became == was
    listed, _ = overview.headers_then(str(written), at(day))
    assert {hit.stem for hit in listed} == texts.keys()


def test_what_another_tool_wrote_before_it_was_recorded_was_there(written: Path) -> None:
    write_topic(written, "tide", "The quay and its tide", created="2025-06-01")
    write_topic(written, "later", "The quay and the rest")
    WriteDoor(open_place(str(written), str(written))).record_outside(now=NOW)
    assert names(ask(written, "quay tide", as_of=at("2025-12-31"))) == ["tide"]


def test_why_explains_a_recall_as_of_a_day(written: Path) -> None:
    store = MemoryStore(str(written))
    asked = Ask("how much does the quay crane lift", "lexical", as_of=at("2026-01-02"))
    told = trace(store, asked, never, "ferry", NOW)
    assert told.expected is not None
    assert "a ferry" in told.expected.body
    with pytest.raises(NotFound, match="then"):
        trace(store, asked, never, "nowhere", NOW)


def test_what_is_not_as_it_was_is_named_with_how_to_read_it(written: Path, memctl: Memctl) -> None:
    told = memctl("list", "--as-of", "2026-01-02").err
    assert "memctl: ferry.md: is not there any more; as it was: memctl show ferry --at 2026-01-02" in told
    assert "memctl: crane.md: was changed since; as it was: memctl show crane --at 2026-01-02" in told
    assert "40 tons" in memctl("show", "crane", "--at", "2026-01-02").out
    assert (
        memctl("recall", "quay crane", "--as-of", "2026-01-02", "--json").json["memories"][0]["became"]
        == "changed"
    )


def test_what_another_tool_wrote_and_nobody_recorded_counts_from_its_time(written: Path) -> None:
    file = written / "crane.md"
    file.write_text(file.read_text().replace("55 tons", "70 tons"))
    assert "70" in ask(written, "quay crane", as_of=NOW + DAY).memories[0].memory.body
    assert "55" in ask(written, "quay crane", as_of=at("2026-01-04")).memories[0].memory.body


OLDER = "Nightly exports of the ledger run on Corvo"


@pytest.mark.parametrize(
    ("newer", "days", "first"),
    [
        ("Nightly exports of the ledger go through Pelorus, by way of the second gate", 2.0, "newer"),
        (
            "Nightly exports of the ledger go through Pelorus, by way of the second gate",
            60.0,
            "older",
        ),  # it is the older one
        (
            "Nightly exports of the ledger go through Pelorus, by way of the second gate",
            30.2,
            "older",
        ),  # of one sitting
        ("Pelorus keeps the nightly backups of the wiki and its pictures", 2.0, "older"),  # another subject
    ],
)
def test_of_two_on_one_subject_the_newer_one_comes_first(
    memory_dir: Path, newer: str, days: float, first: str
) -> None:
    """Though the older one has a word more of the question."""
    for number in range(10):
        write_topic(memory_dir, f"other-{number}", f"Something else number {number}", "Nothing of the kind.")
    write_topic(memory_dir, "older", OLDER, age=30 * DAY)
    write_topic(memory_dir, "newer", newer, age=days * DAY)
    query = "how do the nightly exports of the ledger run?"
    assert (names(ask(memory_dir, query)) or [""])[0] == first
    assert (hooked(memory_dir, query) or [""])[0] == first


def test_an_exception_does_not_pass_the_rule_that_is_asked_about(memory_dir: Path) -> None:
    for number in range(10):
        write_topic(memory_dir, f"other-{number}", f"Something else number {number}", "Nothing of the kind.")
    write_topic(memory_dir, "merge-squash", "Pull requests are squash-merged", age=30 * DAY)
    said = "Squashed, its history is lost; pull requests that update vendor/ get a merge commit."
    write_topic(memory_dir, "merge-vendor", "Vendor updates are merged with a merge commit", said, age=DAY)
    asked = ask(memory_dir, "merge my pull request: squash or merge commit?")
    assert names(asked) == ["merge-squash", "merge-vendor"]
    assert names(ask(memory_dir, "merge vendor updates: squash or merge commit?"))[0] == "merge-vendor"


def test_what_has_expired_passes_nothing_by_being_newer(memory_dir: Path) -> None:
    write_topic(memory_dir, "older", OLDER, age=30 * DAY)
    write_topic(
        memory_dir,
        "newer",
        "Nightly exports of the ledger go through Pelorus, by way of the second gate",
        "So.",
        expires="2026-01-02",
    )
    assert names(ask(memory_dir, "which host runs the nightly exports of the ledger?"))[0] == "older"


def test_a_clock_in_the_year_2400_hides_nothing(memory_dir: Path) -> None:
    path = write_topic(memory_dir, "clock", "The quay clock is set by Ines", "By hand.")
    os.utime(path, (13_569_465_600, 13_569_465_600))
    write_topic(memory_dir, "gate", "The quay gate is shut at night", "At ten.")
    for _ in range(2):  # with a cache to make, and with it
        assert names(ask(memory_dir, "who sets the quay clock?"))[0] == "clock"
        assert hooked(memory_dir, "is the quay gate shut at night?")[0] == "gate"


def test_of_a_long_chain_the_last_one_is_given(memory_dir: Path) -> None:
    for step in range(150):
        more = {"supersededBy": f"p{step + 1}"} if step < 149 else {}
        write_topic(memory_dir, f"p{step}", "The quay clock is set by Ines", created="2026-01-01", **more)
    assert names(ask(memory_dir, "who sets the quay clock?"))[0] == "p149"
    assert hooked(memory_dir, "who sets the quay clock?") == ["p149"]


def offer(directory: Path, by: dict[str, str], **more: object) -> None:
    """Let a proposal of `dream` wait that says of some memories which ones replaced them."""
    seen = {m.stem: m.fingerprint for m in MemoryStore(str(directory)).memories()[0]}
    (newest,) = {*by.values()} - by.keys()
    targets = (Target(newest, seen[newest]), *(Target(old, seen[old], new) for old, new in by.items()))
    said = Proposal(
        "", "supersede", newest, "project", "Said.", "Said.", (), "person",
        targets=targets, source=DREAM,
    )  # fmt: skip
    entries.write(Inbox(str(directory)).folder, Entry(identified(replace(said, **more))))  # type: ignore[arg-type]


@pytest.fixture
def crane(memory_dir: Path) -> Path:
    """Two memories of one subject, the newer one in other words, and one of another subject."""
    write_topic(memory_dir, "teal", "The crane by the quay is painted teal", created="2026-01-10")
    write_topic(memory_dir, "red", "Signal red since the overhaul", created="2026-05-12")
    write_topic(memory_dir, "quay", "The quay is swept on Mondays", created="2026-05-12")
    return memory_dir


CRANE = "which colour is the crane by the quay painted?"
DOUBT = "perhaps replaced by red (memctl review)"


def test_what_a_waiting_proposal_would_replace_is_told(crane: Path) -> None:
    assert names(ask(crane, CRANE)) == ["teal", "quay"]
    offer(crane, {"teal": "red"})
    for holding in (False, True):
        found = ask(crane, CRANE, holding=holding)
        assert (names(found), labels(found)) == (["red", "teal", "quay"], ["", DOUBT, ""])
    told = found.memories[1].standing
    assert (told.perhaps_superseded_by, told.superseded_by) == ("red", None)
    assert hooked(crane, CRANE) == ["red", "teal", "quay"]
    assert overview.standings(str(crane), ["teal.md"], NOW)["teal.md"].label == DOUBT
    assert names(ask(crane, CRANE, surfaced=["red"])) == ["teal", "quay"], "nobody has decided"
    assert names(ask(crane, f"what was it before: {CRANE}")) == ["teal", "quay"]
    assert labels(ask(crane, CRANE, as_of=at("2026-06-01")))[0] == ""
    (found_word,) = fulltext.search(MemoryStore(str(crane)), "teal", limit=1, now=NOW)[0]
    assert found_word.memory.stem == "red"
    why = trace(MemoryStore(str(crane)), Ask(CRANE, "lexical"), never, "teal", NOW)
    assert [said for stage, _, said in why.stages if stage == "current"] == [
        f"neither expired nor superseded, {DOUBT}"
    ]


@pytest.mark.parametrize(
    "case", ["model", "session", "annotate", "changed", "renewed", "gone", "archived", "settled", "replaced"]
)
def test_nobody_doubts_for_less(crane: Path, case: str) -> None:
    """Than what rules compared, as long as it waits and both files are as they were."""
    told = {
        "model": {"engine": "llm"},
        "session": {"source": "claude-code"},
        "annotate": {"operation": "annotate"},
    }
    if case == "archived":
        write_topic(crane, "red", "Signal red since the overhaul", tier="cold")
    if case == "replaced":
        write_topic(crane, "teal", "The crane by the quay is painted teal", supersededBy="quay")
    offer(crane, {"teal": "red"}, **told.get(case, {}))
    if case in ("changed", "renewed"):
        file = crane / ("teal.md" if case == "changed" else "red.md")
        file.write_text(file.read_text() + "Changed.\n")
    elif case == "gone":
        (crane / "red.md").unlink()
    elif case == "settled":
        seen = {m.stem: m.fingerprint for m in MemoryStore(str(crane)).memories()[0]}
        Settled(str(crane)).add(seen["teal"], seen["red"])
    found = ask(crane, CRANE)
    assert "red" not in names(found)
    assert not any("perhaps" in label for label in labels(found))


def test_doubts_are_followed_step_by_step_and_after_what_is_decided(chain: Path) -> None:
    write_topic(chain, "courier-d", "Sendings: Quist")
    write_topic(chain, "courier-e", "Sendings: Amsel")
    offer(chain, {"courier-c": "courier-d", "courier-d": "courier-e"})
    found = ask(chain, QUERY)
    assert names(found)[:4] == ["courier-e", "courier-d", "courier-c", "courier-a"]
    doubt = "perhaps replaced by courier-{} (memctl review)"
    assert labels(found)[:3] == ["", doubt.format("e"), doubt.format("d")]
    assert hooked(chain, QUERY)[:3] == ["courier-e", "courier-d", "courier-c"]


def test_the_inbox_is_read_when_it_changed_and_not_before(
    crane: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer(crane, {"teal": "red"})
    inbox, read = Inbox(str(crane)), list[str]()
    derived = doubts._derived

    def counting(directory: str) -> list[str]:
        read.append(directory)
        return derived(directory)

    monkeypatch.setattr(doubts, "_derived", counting)
    for _ in range(2):
        assert "teal" in doubts.load(str(crane))
    assert len(read) == 2, "a second change in one tick of the clock would not show"
    os.utime(inbox.folder, (1e9, 1e9))
    for _ in range(3):
        assert "teal" in doubts.load(str(crane))
    assert len(read) == 3
    Path(doubts.path_of(str(crane))).write_bytes(b"\xff\0\0")
    assert "teal" in doubts.load(str(crane))
    inbox.drop(inbox.entries()[0][0].proposal.id)
    os.utime(inbox.folder, (2e9, 2e9))
    assert doubts.load(str(crane)) == {}


def test_where_nothing_can_be_kept_it_is_told_all_the_same(crane: Path) -> None:
    offer(crane, {"teal": "red"})
    os.utime(Inbox(str(crane)).folder, (1e9, 1e9))
    Path(doubts.path_of(str(crane))).mkdir(parents=True)
    assert DOUBT in labels(ask(crane, CRANE))
