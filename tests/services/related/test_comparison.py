"""How a statement stands to an earlier one, without a folder."""

import pytest

from memctl.services.related.claim import Claim, Lexicon, Statement
from memctl.services.related.comparison import Verdict
from memctl.services.related.comparison import verdict as compared


def verdict(new: tuple[str, ...], old: tuple[str, ...], origin: str = "person") -> Verdict:
    """How (description, body, type) stands to another; a word of the old one is rare unless both lines have it."""
    common = set(new[0].lower().split()) & set(old[0].lower().split())
    lexicon = Lexicon(lambda w: w, lambda w: 2 if w in common else 1, 20)
    later = Statement("new", new[0], new[1], *new[2:3], origin=origin)
    return compared(Claim(Statement("old", old[0], old[1], *old[2:3]), lexicon), Claim(later, lexicon))


RULE = (
    "Never restart the ferry gateway in production without a backup",
    "It cost a night in May.\n",
    "feedback",
)

CASES = {
    "another number": (("The ferry gateway runs on Node 22", ""), ("The ferry gateway runs on Node 20", ""), "replaces"),
    "another tool at the end": (("Format Kotlin with ktfmt", ""), ("Format Kotlin with spotless", ""), "replaces"),
    "another date": (("Cutover of the ferry gateway on 3 June", ""), ("Cutover of the ferry gateway on 9 May", ""), "replaces"),
    "ended by name": (
        ("Tickets are printed by Zebra", "Dymo is retired, its drivers crashed the ferry gateway."),
        ("The ferry gateway prints with Dymo", "Label size 54 mm."),
        "replaces",
    ),
    "ended in German": (
        ("Fahrkarten druckt Zebra", "Dymo wird nicht mehr benutzt, Fahrkarten kommen von der Rolle."),
        ("Fahrkarten druckt der Dymo am Schalter", "Etikett 54 mm."),
        "replaces",
    ),
    "ended in Chinese": (("渡轮网关改用内存缓存，不再用缓存服务", ""), ("渡轮网关的数据用缓存服务", ""), "replaces"),
    "a word more in the subject": (
        ("Format Kotlin scripts with ktlint", ""), ("Format Kotlin with spotless", ""), "narrows",
    ),
    "another subject": (("Berth of the red ferry is quay 7", ""), ("Berth of the blue ferry is quay 4", ""), "beside"),
    "an exception by its own words": (
        ("The ferry gateway runs on Node 22", "Only on the test bench."),
        ("The ferry gateway runs on Node 20", ""),
        "narrows",
    ),
    "one of several things": (
        ("Ferry gateway: timeout 9 s", ""), ("Ferry gateway: timeout 5 s, retries 3, port 8080", ""), "narrows",
    ),
    "another person": (
        ("Mira wants ferry alarms by mail", "Not agreed with Jonas yet."),
        ("Jonas wants ferry alarms by phone", "He is on call."),
        "beside",
    ),
    "the same again": (
        ("What the ferry gateway runs on", "The ferry gateway runs on Node 20."),
        ("Runtime of the ferry gateway", "The ferry gateway runs on Node 20."),
        "repeats",
    ),
    "a casual remark about a rule that protects": (
        ("Restart the ferry gateway in production with no backup", "Instead of a backup Ole just did it.", "project"),
        RULE,
        "protects",
    ),
    "nothing in common": (("Lunch is at noon", ""), ("The ferry gateway runs on Node 20", ""), "none"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_how_a_statement_stands_to_an_earlier_one(case: str) -> None:
    new, old, relation = CASES[case]
    found = verdict(new, old)
    assert found.relation == relation, found
    assert found.why


def test_a_rule_that_protects_gives_way_to_the_person_who_says_so() -> None:
    new = (
        "Never restart the ferry gateway in production at noon",
        "The backup is no longer asked for.",
        "feedback",
    )
    said = {origin: verdict(new, RULE, origin) for origin in ("person", "agent")}
    assert [v.relation for v in said.values()] == ["replaces", "protects"]


def test_a_verdict_names_the_words_that_it_rests_on() -> None:
    found = verdict(("The ferry gateway runs on Node 22", ""), ("The ferry gateway runs on Node 20", ""))
    assert found.words == ("22", "20")
    assert found.why == 'says "22" where it said "20"'
    assert found.is_sure
    assert not found.explicit
