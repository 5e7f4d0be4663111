"""Which claim a memory has to its pointer."""

import pytest

from memctl.domain.tier import DAY, Standing, full, least_first, mark, moved

NOW = 1_790_000_000.0


def old(file: str, days: float, **given: object) -> Standing:
    return Standing(file, modified=NOW - days * DAY, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("less", "more"),
    [
        (old("a", 10), old("b", 5)),
        (old("a", 10), old("b", 300, uses=(NOW - DAY,))),
        (old("a", 200, uses=(NOW - DAY,)), old("b", 200, uses=(NOW - DAY, NOW - 2 * DAY))),
        (old("a", 200, uses=(NOW - 90 * DAY,)), old("b", 200, uses=(NOW - 9 * DAY,))),
        (old("a", 100, kind="project"), old("b", 100, kind="feedback")),
        (old("a", 0, uses=(NOW,) * 9), old("b", 9000, pinned=True)),
        (old("a", 0), old("b", 9000, mark="hot")),
        (old("a", 70_000), old("b", 69_999)),
    ],
)
def test_more_use_later_words_standing_rules_and_a_persons_word_speak_for_a_memory(
    less: Standing, more: Standing
) -> None:
    assert [one.file for one in least_first([more, less], NOW)] == [less.file, more.file]


def test_the_order_does_not_depend_on_the_order_given() -> None:
    given = [old(name, 5) for name in "cab"]
    assert least_first(given, NOW) == least_first(given[::-1], NOW)


@pytest.mark.parametrize("said", [None, "tepid", "", ["cold"], 3])
def test_what_is_no_tier_moves_nothing(said: object) -> None:
    assert mark({"tier": said}) == ""


def test_a_pinned_memory_is_not_moved() -> None:
    assert moved({"tier": " Cold "}) == "cold"
    assert moved({"tier": "cold", "pinned": "true"}) == ""


def test_a_line_names_three() -> None:
    assert full([]) == ""
    assert full(["a.md"]) == "MEMORY.md is full: a is warm now"
    assert full([f"{name}.md" for name in "abcde"]) == "MEMORY.md is full: a, b, c and 2 more are warm now"
