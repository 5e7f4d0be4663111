"""How a statement stands to an earlier one, without a folder."""

import pytest

from memctl.services.related.claim import Claim, Lexicon, Statement
from memctl.services.related.comparison import Verdict
from memctl.services.related.comparison import verdict as compared


def verdict(new: tuple[str, ...], old: tuple[str, ...], origin: str = "person") -> Verdict:
    """How (description, body, type) stands to another; a word of the old one is rare unless both lines have it."""
    common = set(new[0].lower().split()) & set(old[0].lower().split())
    lexicon = Lexicon(lambda w: w.removesuffix("s"), lambda w: 2 if w in common else 1, 20)
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
    "another one keeps it": (("Mira owns the berth plan", ""), ("Jonas owns the berth plan", ""), "replaces"),
    "the same one keeps something else": (("Jonas owns the tide tables", ""), ("Jonas owns the berth plan", ""), "beside"),
    "another means before its place": (("We use pnpm in the ferry client", ""), ("We use npm in the ferry client", ""), "replaces"),
    "the same means in another place": (("We use npm in the pilot client", ""), ("We use npm in the ferry client", ""), "beside"),
    "another measure in other words": (
        ("Scans of tickets untouched for 7 days vanish", ""), ("Scans are purged after 21 days", ""), "replaces",
    ),
    "a measure of another thing": (("The crane times out after 9 seconds", ""), ("The ferry waits 5 seconds", ""), "none"),
    "the measure of another part": (
        ("Crane gateway timeout is 9 seconds", ""), ("Ferry gateway timeout is 5 seconds", ""), "beside",
    ),
    "the opposite": (("Berth plans are not printed on Monday", ""), ("Berth plans are printed on Monday", ""), "replaces"),
    "for a time": (
        ("The ferry gateway runs on Node 22 from 2 to 13 March", ""), ("The ferry gateway runs on Node 20", ""), "narrows",
    ),
    "for a week": (("This week the ferry gateway runs on Node 22", ""), ("The ferry gateway runs on Node 20", ""), "narrows"),
    "ended by what the clause before names": (
        ("Tickets are printed by Zebra", "The ferry gateway had trouble with Dymo, so we dropped it."),
        ("The ferry gateway prints with Dymo", "Label size 54 mm."),
        "replaces",
    ),
    "ended of another thing": (
        ("Labels for crates come from Zebra", "Their old printer is no longer used."),
        ("The ferry gateway prints with Dymo", "Label size 54 mm."),
        "none",
    ),
    "set against another thing only": (
        ("Jonas owns the tide tables", "The yearly ones, not the berth plan."), ("Jonas owns the berth plan", ""), "beside",
    ),
    "in a place of its own": (
        ("In the pilot hall the ferry gateway runs on Node 22", ""), ("The ferry gateway runs on Node 20", ""), "narrows",
    ),
    "one of two by a word of every day": (
        ("The day shift on the ferry starts at 06:00", ""), ("The night shift on the ferry starts at 22:00", ""), "beside",
    ),
    "another time of day": (("Stand-up starts at 10:00", ""), ("Stand-up is at 9:30 every morning", ""), "replaces"),
    "another thing by its number": (
        ("Berth 5 belongs to the pilots", ""), ("Berth 4 belongs to the tugs", ""), "beside",
    ),
    "when instead of how": (
        ("Deploying to production on Fridays is allowed from now on", ""), ("We deploy to production with Argo CD", ""), "none",
    ),
    "when instead of where": (("The nightly backup runs at 03:30", ""), ("The nightly backup runs on host borg", ""), "beside"),
    "another day": (("We deploy to production on Thursdays", ""), ("We deploy to production on Mondays", ""), "replaces"),
    "a second ban": (
        ("Never deploy to production on a Thursday", ""), ("Never deploy to production on a Friday", ""), "beside",
    ),
    "another limit": (
        ("Never retry more than 5 times in the gateway", ""), ("Never retry more than 3 times in the gateway", ""), "replaces",
    ),
    "the first of two things": (
        ("The staging cluster of the ferry gateway is in Dublin", ""),
        ("The staging cluster of the ferry gateway is in Frankfurt and its runner is otter-3", ""),
        "narrows",
    ),
    "another part in capitals": (
        ("The US cluster runs Postgres 16", ""), ("The EU cluster runs Postgres 15", ""), "beside",
    ),
    "a verb instead of a verb": (
        ("The ingest API listens on port 9090", ""), ("Tomorrow the load test of the ingest API runs", ""), "beside",
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


ENDINGS = {
    "de": (("Tickets druckt Zebra", "Den Dymo haben wir abgeschaltet."), ("Tickets druckt der Dymo am Schalter", "")),
    "es": (("Los billetes salen de Zebra", "Dymo se retiró, ya no se usa."), ("Los billetes salen de Dymo", "")),
    "fr": (("Les billets sortent de Zebra", "On a abandonné Dymo."), ("Les billets sont imprimés par Dymo", "")),
    "it": (("I biglietti escono da Zebra", "Dymo è stato dismesso."), ("I biglietti si stampano con Dymo", "")),
    "pt": (("Os bilhetes saem da Zebra", "Deixamos de usar a Dymo."), ("Os bilhetes são impressos na Dymo", "")),
    "ru": (("Билеты печатает Zebra", "Dymo отключили."), ("Билеты печатает Dymo в кассе", "")),
    "ja": (("切符はZebraで印刷", "Dymoは廃止した。"), ("切符はDymoで印刷する", "")),
    "ko": (("승차권은 Zebra로 인쇄", "Dymo는 더 이상 쓰지 않는다."), ("승차권은 Dymo로 인쇄한다", "")),
    "zh": (("船票用 Zebra 打印", "Dymo 已经停用。"), ("船票用 Dymo 打印", "")),
}  # fmt: skip


@pytest.mark.parametrize("language", ENDINGS)
def test_an_ending_is_heard_in_each_language_and_none_where_only_a_label_changed(language: str) -> None:
    new, old = ENDINGS[language]
    found = verdict(new, old)
    assert (found.relation, found.explicit) == ("replaces", True)
    assert any("Dymo" in word for word in found.words)
    same_place = verdict((old[0], "Etikett 54 mm."), old)
    assert not same_place.explicit


def test_a_verdict_names_the_words_that_it_rests_on() -> None:
    found = verdict(("The ferry gateway runs on Node 22", ""), ("The ferry gateway runs on Node 20", ""))
    assert found.words == ("22", "20")
    assert found.why == 'says "22" where it said "20"'
    assert found.is_sure
    assert not found.explicit
    ended = verdict(("Ferry gateway: Dymo is retired", ""), ("Ferry gateway: Dymo prints the tickets", ""))
    assert (ended.is_sure, ended.explicit) == (True, True)


DOUBTFUL = {
    "a number that may name the thing": ("Berth 5 belongs to the pilots", "Berth 4 belongs to the pilots"),
    "a name with a number": ("Server web-02 runs the ferry client", "Server web-01 runs the ferry client"),
    "a version of what is said to run": ("Node 22 runs the ferry gateway", "Node 20 runs the ferry gateway"),
    "a word in another form": ("The locks lamp takes cells of type 4", "The lock lamp takes cells of type 3"),
    "the end of a number that another thing has too": (
        "The wharf heater listens on port 1801, no longer on 1497",
        "The weir buoy listens on port 1497, no longer on 6191",
    ),
    "the end in a place of its own": (
        "Dymo is removed from the pilot hall of the ferry gateway",
        "Ferry gateway tickets come from Dymo",
    ),
    "the end of what the earlier one ended itself": (
        "The basin crane of the ferry gateway listens on port 6877, no longer on 3762",
        "The quay pump of the ferry gateway listens on port 1504, no longer on 3762",
    ),
    "the end of one with another number": ("Berth 5 is closed to barges", "Berth 4 is open to barges"),
}


@pytest.mark.parametrize("case", DOUBTFUL)
def test_what_may_be_another_thing_of_nearly_the_same_name_is_not_surely_replaced(case: str) -> None:
    new, old = DOUBTFUL[case]
    found = verdict((new, ""), (old, ""))
    assert not found.is_sure, found


MOVED = {
    "a time of day and a measure": ("pg_dump nightly at 04:00 to s3, kept 90 days", "pg_dump nightly at 02:30 to s3, kept 35 days"),
    "the versions of a list": ("Built with Go 1.24, chi 6", "Built with Go 1.23, chi 5"),
    "a list from the first word on": ("Node 24, pnpm 10, vite 7", "Node 22, pnpm 9, vite 5"),
    "the day of what has one word": ("Release on Thursday at 10:00", "Release on Tuesday at 10:00"),
    "a day and a time of day": ("Release train on Thursday at 9:30", "Release train on Tuesday at 10:00"),
    "a measure in a sentence": ("The ferry gateway retries after 5 s and gives up after 90 s", "The ferry gateway retries after 2 s and gives up after 30 s"),
}  # fmt: skip


@pytest.mark.parametrize("case", MOVED)
def test_values_that_change_together_are_likely_a_change(case: str) -> None:
    new, old = MOVED[case]
    found = verdict((new, ""), (old, ""))
    assert (found.relation, found.strength) == ("replaces", "likely"), found


OTHERS = {
    "a number that names the thing": ("Ferry berth 5 holds 3 boats", "Ferry berth 4 holds 2 boats"),
    "it names it before a colon": ("Ferry berth 5: 3 boats", "Ferry berth 4: 2 boats"),
    "it names it, and more is said of that": ("Ferry berth 5, for 3 boats", "Ferry berth 4, for 2 boats"),
    "a name with a number": ("Ferry server web-02 listens on 8002", "Ferry server web-01 listens on 8001"),
    "nothing stands before it": ("7 pilots keep the ferry, 3 the tug", "5 pilots keep the ferry, 2 the tug"),
    "a word differs too": ("Berlin office stand-up 10:00", "Lisbon office stand-up 11:00"),
    "a unit differs too": ("Ferry logs at 04:00, kept 3 months", "Ferry logs at 02:30, kept 35 days"),
    "for a time": ("Ferry logs at 04:00, kept 9 days, only this week", "Ferry logs at 02:30, kept 5 days"),
    "no value at all": ("Release", "Release"),
    "one number of one word": ("Note 5", "Note 4"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_values_that_change_with_what_they_are_said_of_replace_nothing(case: str) -> None:
    new, old = OTHERS[case]
    assert verdict((new, ""), (old, "")).relation != "replaces"
