"""A body made shorter without a model."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memctl.services.compress import cuts
from memctl.services.compress.detail import sections
from memctl.services.context.block import tokens


def shorten(body: str, target: int = 1, description: str = "") -> str:
    return cuts.shorten(description, body, target).body


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("Use port 80. Use port 80.\n", "Use port 80.\n"),
        ("- Use port 80.\n- Use port 81.\n- Use port 80.\n", "- Use port 80.\n- Use port 81.\n"),
        ("Use port 80.\n\nUse port 80.\n\nUse port 81.\n", "Use port 80.\n\nUse port 81.\n"),
        ("OK then. Use port 80.\n", "Use port 80.\n"),
        ("Ports of the harbour office.\n\nUse port 80.\n", "Use port 80.\n"),
        ("Use port 80.\r\nUse port 80.\r\n", "Use port 80.\n"),
    ],
)
def test_what_says_nothing_new_goes(body: str, left: str) -> None:
    assert shorten(body, description="Ports of the harbour office") == left


def test_of_a_long_log_the_first_line_stays_and_of_a_short_block_every_line() -> None:
    log = "\n".join(f"{n} boats" for n in range(20))
    assert shorten(f"Use port 80.\n\n```\n{log}\n```\n") == (
        "Use port 80.\n\n```\n0 boats\n[… 19 more lines in the full text]\n```\n"
    )
    short = "Use port 80.\n\n```\nmake one\nmake two\n```\n"
    assert shorten(short) == short


def test_of_examples_the_first_stays_while_enough_is_left() -> None:
    facts = "".join(f"Gate {n} opens at {n} am for crew {n}. " for n in range(1, 30))
    first, second = "For example cats sleep upstairs. ", "For example dogs sleep downstairs."
    left = shorten(facts + first + second, target=tokens(facts + first))
    assert first.strip() in left
    assert second not in left


def test_it_stops_at_the_target() -> None:
    body = "Cats sleep upstairs. Cats sleep upstairs. " + "".join(
        f"Gate {n} is at {n} am. " for n in range(9)
    )
    assert shorten(body, target=10_000) == body


PARTS = """Never push to `main` without review.
The limit is 40 rows.
- Use `make deploy`.
## Background
```
code here
It rained all day on the harbour crew.
OK.
**Why:** the vendor said so.
| a | 7 |
"""
LINES = st.lists(st.sampled_from(PARTS.split("\n")), max_size=25)


@given(LINES, st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_nothing_exact_is_ever_lost_and_it_is_never_longer(lines: list[str], target: int) -> None:
    body = "\n".join(lines) + "\n"
    found = cuts.shorten("", body, target)
    assert found.coverage.lacking == []
    assert {kind for kind, _ in found.coverage.lost}.isdisjoint({"numbers", "identifiers", "negations"})
    assert tokens(found.body) <= tokens(body)
    assert shorten(found.body, target) == found.body or tokens(found.body) > target


def test_sections_are_those_of_headings_else_paragraphs_and_too_large_ones_are_cut() -> None:
    body = "Intro one.\n\nIntro two.\n\n# A\n\nText a.\n\nMore a.\n\n# B\n- b\n"
    assert [s.text for s in sections(body)] == [
        "Intro one.",
        "Intro two.",
        "# A\n\nText a.\n\nMore a.",
        "# B\n- b",
    ]
    assert [(s.heading, s.text) for s in sections(body, 3)][2:4] == [("A", "Text a."), ("A", "More a.")]


def test_what_can_hardly_become_shorter_is_found_so_without_counting(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is lost is counted many times over for one shorter body; for most there is none."""
    facts = "".join(f"- Gate {n} opens at {n} am for crew {n}.\n" for n in range(1, 60))
    said = "OK then.\n\nOK then.\n"
    monkeypatch.setattr(cuts, "Sources", None)
    assert cuts.shortest("", f"{facts}\n{said}") == facts


RUN = "Restart the queue with `make restart`.\n\n{}\n\nThe port of Priya is 8080.\n"


@pytest.mark.parametrize(
    "rule",
    [
        "Only the on-call engineer may do this.",
        "Only an engineer may do this.",
        "Only Priya may do this.",
        "Nur ein Ingenieur darf das.",
        "Ask first.",
    ],
)
def test_a_restriction_is_not_left_out(rule: str) -> None:
    assert rule in shorten(RUN.format(rule))


@pytest.mark.parametrize("said", ["OK then.", "Thanks a lot.", "See below. Thanks."])
def test_what_is_left_out_is_listed_and_leaves_no_second_blank_line(said: str) -> None:
    done = cuts.shorten("", RUN.format(said), 1)
    assert done.body == RUN.format("").replace("\n\n\n\n", "\n\n")
    assert " ".join(text for _, text in done.coverage.lost) == said
    assert cuts.shorten(said, RUN.format(said), 1).coverage.lost == []
