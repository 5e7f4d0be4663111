"""What of some texts stands in another one."""

import textwrap
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memctl.services.coverage.retention import EXACT, Coverage, Sources, coverage

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


RULES = """Port 8080 is for the web, port 9090 for metrics. Raise the timeout from 5 s to 15 s.
Deploy only from the release branch, and always after the backup. Ask Priya about refunds. Ask Marek about invoices.
Use `make ship` for the server. Use `make dock` for the client. Uploads work if the disk is mounted.

1. Stop the writer.
2. Copy the files.
3. Start the reader.

| gate | opens |
| --- | --- |
| north | 7 am |
| south | 9 am |
"""


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("8080 is for the web, port 9090", "9090 is for the web, port 8080", "numbers"),
        ("5 s to 15 s", "15 s to 5 s", "numbers"),
        ("15 s", "15", "numbers"),
        ("15 s", "15 h", "numbers"),
        ("after the backup", "before the backup", "sentences"),
        ("Deploy only", "Deploy", "sentences"),
        ("always", "sometimes", "sentences"),
        (" if the disk is mounted", "", "sentences"),
        ("Uploads work", "Uploads do not work", "sentences"),
        ("Priya about refunds. Ask Marek", "Marek about refunds. Ask Priya", "names"),
        ("ship` for the server. Use `make dock", "dock` for the server. Use `make ship", "identifiers"),
        ("Stop the writer.\n2. Copy the files.", "Copy the files.\n2. Stop the writer.", "sentences"),
        ("7 am |\n| south | 9 am", "9 am |\n| south | 7 am", "numbers"),
    ],
)
def test_what_is_swapped_turned_or_cut_is_listed(old: str, new: str, kind: str) -> None:
    for note in (RULES, RULES.replace("\n", "\r\n")):
        turned = note.replace(old.replace("\n", "\r\n") if "\r" in note else old, new)
        assert turned != note
        assert lost(coverage([note], turned), kind)


@pytest.mark.parametrize(
    ("said", "turned"),
    [
        (
            "Tests must not run at night. Builds may run then.",
            "Tests must run at night. Builds may not run then.",
        ),
        (
            "Die Tests laufen nicht nachts. Die Builds laufen nachts.",
            "Die Tests laufen. Die Builds laufen nicht nachts.",
        ),
        ("不要删除日志。可以删除缓存。", "可以删除日志。不要删除缓存。"),
        ("ログは削除しない。画像は削除する。", "ログは削除する。画像は削除しない。"),
        ("로그는 삭제하지 않는다. 사진은 삭제한다.", "로그는 삭제한다. 사진은 삭제하지 않는다."),
    ],
)
def test_a_negation_that_moved_to_another_sentence_is_lost(said: str, turned: str) -> None:
    assert lost(coverage([said], turned), "negations")


PAIRS = tomllib.loads(Path(__file__).with_name("rewrites.toml").read_text(encoding="utf-8"))["pair"]


def test_honest_rewrites_are_hardly_ever_refused() -> None:
    """Twenty notes and what a person made of them, written before the first count; half were looked at since."""
    short = {pair["title"]: coverage([pair["full"]], pair["short"]) for pair in PAIRS}
    refused = [title for title, kept in short.items() if any(one.name in EXACT for one in kept.lacking)]
    assert len(refused) <= 2
    assert sum(kept.share for kept in short.values()) / len(short) > 0.97


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair["title"])
def test_another_number_in_a_rewrite_is_lost_and_added(pair: dict[str, str]) -> None:
    sources, short = Sources([pair["full"]]), pair["short"]
    for kind, number in coverage([short], "-").lost:
        if kind == "numbers" and number in short:
            other = short.replace(number, f"777{number}")
            assert len(sources.coverage(other).lost) > len(sources.coverage(short).lost)
            assert ("numbers", f"777{number}") in sources.added(other)


def test_context_may_go_and_is_listed() -> None:
    note = "The gate opens at 7 am. It squeaks a little in spring. The hinge was oiled once."
    kept = coverage([note], "The gate opens at 7 am.")
    assert [kind for kind, _ in kept.lost] == ["context", "context"]
    assert kept.lacking == []


@pytest.mark.parametrize(
    ("rule", "rest", "is_lost"),
    [
        ("Only an engineer may do this.", "The engineer is on call.", True),
        ("Only Priya may deploy the queue.", "Deploys of the queue: Priya.", True),
        ("Only Priya may deploy the queue.", "Deploys of the queue: Priya alone.", False),
        ("Priya may deploy the queue.", "Deploys of the queue: Priya.", False),
    ],
)
def test_a_restriction_is_not_said_by_what_names_no_other(rule: str, rest: str, is_lost: bool) -> None:
    assert (("sentences", rule) in coverage([rule], rest).lost) == is_lost
