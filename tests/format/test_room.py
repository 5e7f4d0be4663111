"""What leaves an index that is too long, and what never does."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memctl.format import drift, index, room

OWN = [
    "# Memory",
    "",
    "Some prose about [one](f0.md) that stays.",
    "* [Two](f1.md): in a style of my own",
    "- [Three](f2.md) and [four](f3.md) — two at once",
    "| [five](f4.md) | a table |",
    "- [Six](f5.md) — short <!-- and a remark -->",
    "> - [Seven](f6.md) — quoted",
    "\t- [Eight](f7.md) — indented",
    "- a line without a link",
    "<!-- - [Nine](f8.md) — commented out -->",
    "- [Ten](f9.md) — the line goes on\n  below, indented",
    "1. [Eleven](f10.md) — counted",
]
"""Lines that a person wrote; each stays where it is."""


def least_named(pointers: object) -> list[str]:
    """Every pointer may leave, the lowest name first."""
    return sorted(file for file, _ in pointers)  # type: ignore[attr-defined]


def plain(count: int, words: str = "what it says") -> list[str]:
    return [f"- [Title {n}](p{n:05d}.md) — {words}" for n in range(count)]


def lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").split("\n")


@given(
    own=st.lists(st.sampled_from(OWN), max_size=20),
    prose=st.integers(0, 230),
    count=st.integers(0, 260),
    words=st.sampled_from(["short", "長い要約の言葉" * 12, "x " * 60]),
    eol=st.sampled_from(["\n", "\r\n"]),
    stays=st.sets(st.integers(0, 259)),
)
@settings(max_examples=40)
def test_it_fits_or_nothing_leaves_and_no_foreign_line_ever_does(
    own: list[str], prose: int, count: int, words: str, eol: str, stays: set[int]
) -> None:
    text = "\n".join([*own, *["prose"] * prose, *plain(count, words), ""]).replace("\n", eol)
    kept = {f"p{n:05d}.md" for n in stays}
    fitted, left = room.fit(text, lambda found: [f for f in least_named(found) if f not in kept])
    new = drift.budget(fitted)
    fits = new.lines <= drift.LINES_MAX and new.bytes <= drift.BYTES_MAX
    assert fits or fitted == text
    assert not kept & set(left)
    assert [line for line in lines(text) if not line.startswith("- [Title")] == [
        line for line in lines(fitted) if not line.startswith("- [Title")
    ]
    before, after = ([p.file for p in index.pointers(t)] for t in (text, fitted))
    assert after == [file for file in before if file not in left]
    assert not left or room.fit(text, lambda _: left[:-1]) == (text, ()), "not one more than must"


@pytest.mark.parametrize("own", OWN[3:])
def test_what_is_no_plain_pointer_may_not_leave(own: str) -> None:
    text = "\n".join([*OWN[:3], own, *plain(250)]) + "\n"
    offered: set[str] = set()

    def order(found: object) -> list[str]:
        offered.update(file for file, _ in found)  # type: ignore[attr-defined]
        return least_named(found)

    fitted, left = room.fit(text, order)
    assert left
    assert own in fitted
    assert {file[0] for file in offered} == {"p"}


def test_a_line_that_holds_more_than_its_pointer_stays_also_where_it_stands_twice() -> None:
    own = "- [Six](f5.md) — short <!-- and a remark -->"
    fitted, _ = room.fit("\n".join([own, own, *plain(250)]) + "\n", least_named)
    assert fitted.count(own) == 2


def test_as_many_leave_as_must() -> None:
    fitted, left = room.fit("\n".join(["# Memory", "", *plain(210)]) + "\n", least_named)
    assert len(left) == 12
    assert drift.budget(fitted).lines == drift.LINES_MAX
    assert room.fit(fitted, least_named) == (fitted, ())


def test_ten_thousand_lines_are_read_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    text, measured = "\n".join(plain(10_000)) + "\n", []
    budget = drift.budget
    monkeypatch.setattr(drift, "budget", lambda given: measured.append(1) or budget(given))
    fitted, left = room.fit(text, least_named)
    assert len(left) == 10_000 - drift.LINES_MAX
    assert drift.budget(fitted).cut_line is None
    assert len(measured) < 8
