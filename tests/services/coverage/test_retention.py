"""What of some texts stands in another one."""

import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memctl.services.coverage.retention import Coverage, coverage

NOTE = """Deploy on Node 22 because the bank is closed on Monday. Never push to `main` without a review by Anna Kowalska.
The timeout is 30 seconds for uploads. The timeout is 30 seconds for downloads.

- The limit is 1,000 rows; see src/app/limits.py and MAX_ROWS.

**Why:** the vendor API breaks above 2026-05-12.

```
make deploy
```
"""


def lost(kept: Coverage, kind: str) -> list[str]:
    return [text for name, text in kept.lost if name == kind]


WORDS = st.text(alphabet="bcdfgklmnprstv", min_size=4, max_size=9).map(lambda w: f"{w}a")
SENTENCES = st.lists(
    st.tuples(st.lists(WORDS, min_size=2, max_size=6), st.one_of(st.none(), st.integers(0, 99_999))),
    min_size=1,
    max_size=8,
).map(
    lambda parts: [
        " ".join([*words, *([] if number is None else [f"{number} units"])]).capitalize() + "."
        for words, number in parts
    ]
)


@given(SENTENCES)
@settings(max_examples=60, deadline=None)
def test_a_text_covers_itself_in_any_order_wrapped_and_emphasised(said: list[str]) -> None:
    text = " ".join(said)
    changed = ["**" + one + "**" for one in reversed(said)]
    for result in (text, textwrap.fill(text, 30), "\n\n".join(reversed(said)), " ".join(changed)):
        kept = coverage([text], result)
        assert kept.lost == []
        assert kept.share == 1.0


@given(SENTENCES, st.integers(1, 9_999_999))
@settings(max_examples=60, deadline=None)
def test_a_sentence_that_is_dropped_is_listed_with_its_number(said: list[str], number: int) -> None:
    sentence = f"The ferry quota holds {number:,} passengers."
    text = " ".join([*said, sentence])
    assert lost(coverage([text], " ".join(said)), "numbers") == [f"{number:,} passengers"]
    assert coverage([text], text.replace(f"{number:,}", str(number))).lost == []


@given(st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_text_covers_itself(text: str) -> None:
    assert coverage([text], text).share == 1.0


@pytest.mark.parametrize(
    ("old", "new", "kind", "item"),
    [
        ("30 seconds for downloads", "40 seconds for downloads", "numbers", "30 seconds"),
        ("30 seconds for downloads", "30 minutes for downloads", "numbers", "30 seconds"),
        (" The timeout is 30 seconds for downloads.", "", "numbers", "30 seconds"),
        ("src/app/limits.py", "src/app/limits", "identifiers", "src/app/limits.py"),
        ("MAX_ROWS", "MAX_ROWS_TOTAL", "identifiers", "MAX_ROWS"),
        ("`main`", "the trunk", "identifiers", "main"),
        ("make deploy", "make", "identifiers", "make deploy"),
        ("Anna Kowalska", "a colleague", "names", "Kowalska"),
        ("2026-05-12", "2026-05-13", "dates", "2026-05-12"),
        ("on Monday", "then", "dates", "Monday"),
        ("Never push to `main` without", "Push to `main` after", "negations", "Never push to main without"),
        ("Never push to `main`", "Push to `main`", "negations", "Never push to main without"),
        ("because the bank is closed on Monday", "", "reasons", "because the bank is closed on Monday."),
    ],
)
def test_what_is_changed_or_gone_is_listed(old: str, new: str, kind: str, item: str) -> None:
    assert old in NOTE
    assert any(text.startswith(item) for text in lost(coverage([NOTE], NOTE.replace(old, new)), kind))


def test_other_words_for_the_same_lose_nothing() -> None:
    said = """Node 22 deploys (because the bank is closed Monday). Never push to main without Anna Kowalska's review.
Timeout 30s for uploads; 30s for downloads. At most 1000 rows: src/app/limits.py, MAX_ROWS. Why: vendor API breaks above
2026-05-12. `make deploy`"""
    assert coverage([NOTE], said).lost == []


@pytest.mark.parametrize(
    ("said", "turned"),
    [
        ("Die Rechnungen gehen nicht per Post an Kunden.", "Die Rechnungen gehen per Post an Kunden."),
        ("Las facturas no se envían por correo.", "Las facturas se envían por correo."),
        ("Les factures ne partent pas par courrier.", "Les factures partent par courrier."),
        ("Le fatture non partono per posta.", "Le fatture partono per posta."),
        ("As faturas não seguem por correio.", "As faturas seguem por correio."),
        ("Счета не отправляются по почте клиентам.", "Счета отправляются по почте клиентам."),
        ("发票不通过邮寄发送给客户。", "发票通过邮寄发送给客户。"),
        ("請求書は郵送で送らない。", "請求書は郵送で送る。"),
        ("청구서는 우편으로 보내지 않는다.", "청구서는 우편으로 보낸다."),
        ("The queue isn't drained at night.", "The queue is drained at night."),
    ],
)
def test_a_negation_of_which_the_not_went_is_lost_in_every_language(said: str, turned: str) -> None:
    assert lost(coverage([said], turned), "negations") == [said]
    assert coverage([said], said).lost == []


def test_what_another_source_says_too_counts_once_and_its_own_facts_stay() -> None:
    kept = coverage(
        ["The gate opens at 7 am.", "The gate opens at 7 am. It closes at 9 pm."], "The gate opens at 7 am."
    )
    assert lost(kept, "numbers") == ["9 pm"]
    assert kept.line.startswith("numbers 1/2")


def test_long_blocks_are_counted_by_line_and_lack_nothing() -> None:
    log = "```\n" + "".join(f"row {number} written\n" for number in range(30)) + "```\n"
    kept = coverage([log], "```\nrow 0 written\n```\n")
    assert len(lost(kept, "blocks")) == 29
    assert kept.lacking == []
