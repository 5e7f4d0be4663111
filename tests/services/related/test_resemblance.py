"""Changes that are told in other words: memories that are called alike, and say another value of one kind."""

import re

import pytest

from memctl.services.related.claim import Claim, Lexicon, Statement
from memctl.services.related.comparison import Verdict
from memctl.services.related.comparison import verdict as compared

Said = tuple[str, str, str]


def verdict(new: Said, old: Said, held: int = 1) -> Verdict:
    """How (name, description, body) stands to another; each word stands in `held` other memories."""
    lexicon = Lexicon(lambda word: word.removesuffix("s"), lambda _: held, 20)
    later, earlier = (Claim(Statement(*said), lexicon) for said in (new, old))
    return compared(earlier, later)


CRATES = ("crate-return", "Empty crates go back after 12 days", "Depot 3 counts them.")
PRESS = ("press-label", "Labels are pressed at 40 degrees", "Warm up with press_warm first.")
VAT = ("ferment-oak", "The cider ferments in oak", "Room 2.")
PUMP = ("bombeo-noche", "Las cubas se llenan de 22:00 a 4:00", "Con la bomba P2.")

CHANGED = {
    "another number of one unit": (("crate-deposit", "Boxes without contents: 9 days", "Said the depot."), CRATES),
    "the same length in another unit is another one": (
        ("crate-deposit", "Boxes without contents: three or 2 weeks", ""), CRATES,
    ),
    "the one number of each description": (
        ("press-night", "With the thick paper the label press stays at 45.5 all night", ""), PRESS,
    ),
    "a name in code behind the same word": (
        ("crate-print", "Wood is marked at the gate", "Template in k8s/mark.yaml."),
        ("crate-stamp", "Stamps for timber", "Template in jobs/stamp.toml."),
    ),
    "another file of one folder": (
        ("route-early", "The van with the nearest arrival goes", "Written in plan/eta.go."),
        ("route-near", "Vans by distance", "Written down in plan/nearest.go."),
    ),
    "a time of day": (("bombeo-solar", "Lagar: el mosto corre de 11:00 a 16:00", ""), PUMP),
    "what the names end in": (("ferment-steel", "Cider is kept in steel tanks", "Room 4."), VAT),
}  # fmt: skip

ELSEWHERE = {
    "a thing of its own in its name": (("crate-pallet", "Pallets go back after 30 days", ""), CRATES),
    "somebody's own": (("press-jo", "Jo says 45 for the label press", ""), PRESS),
    "one place alone": (("crate-bern", "Empty boxes: 9 days", "Only at the Bern depot."), CRATES),
    "the same value": (("crate-deposit", "Boxes without contents: 12 days", ""), CRATES),
    "another kind of value": (("crate-deposit", "Boxes without contents: 9 francs", ""), CRATES),
    "another kind of file": (
        ("route-guide", "Guide for drivers", "See plan/guide.md."),
        ("route-near", "Vans by distance", "Written down in plan/nearest.go."),
    ),
    "a title of its own": (("crate-tops", "Lids: 9 days", ""), ("crate-return", "Return of crates: 12 days", "")),
    "another name": (("depot-deposit", "Boxes without contents: 9 days", ""), CRATES),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGED)
def test_another_value_of_what_is_called_alike_is_likely_a_change(case: str) -> None:
    found = verdict(*CHANGED[case])
    assert (found.relation, found.strength, found.explicit) == ("replaces", "likely", False), found


@pytest.mark.parametrize("case", ELSEWHERE)
def test_what_may_be_about_another_thing_replaces_nothing(case: str) -> None:
    found = verdict(*ELSEWHERE[case])
    assert found.relation != "replaces", found


def test_a_name_that_many_memories_have_tells_nothing() -> None:
    new, old = CHANGED["another number of one unit"]
    assert verdict(new, old, held=9).relation == "none"


def test_a_name_that_was_made_of_the_text_tells_nothing() -> None:
    old = "A nightly dump goes to the cellar and stays 90 days"
    new = "Logs goes to Loki, retention 14 days"
    assert verdict(("log-days", new, ""), ("dump-days", old, "")).relation == "replaces", (
        "by a name that was chosen"
    )
    made = [(re.sub(r"\W+", "-", text.lower()), text, "") for text in (new, old)]
    assert verdict(made[0], made[1]).relation != "replaces"


def test_the_reason_has_the_words_as_they_are_written() -> None:
    assert "of crate where it said" in verdict(*CHANGED["another number of one unit"]).why
