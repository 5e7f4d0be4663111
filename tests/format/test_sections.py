"""Two indexes are made one: the words of both persons stay, each memory keeps one pointer."""

import itertools

import pytest

from memctl.format.sections import join

OURS = "# Memory Index\n\n- [A](a.md) — aa\n- [B](b.md) — bb\n\n## Mine\n\nProse of mine.\n"
THEIRS = (
    "# Memory Index\n\nIntro of theirs.\n\n- [B](b.md) — other\n  which goes on\n- [C](c.md) — cc\n- [D](d.md) — dd\n\n"
    "## Theirs\n\nSee [b](b.md).\n\n```\n# code\n```\n\n## Mine\n\nProse of mine.\nMore.\n"
)
TEXTS = (
    OURS,
    THEIRS,
    "",
    "no line end",
    "- [Z](z.md) — zz",
    "x\r\n- [Q](q.md)\r\n",
    "<!-- never closed\n# A\n",
)


def test_headings_prose_and_pointers_of_both_stay_once() -> None:
    assert join(OURS, THEIRS, {"d.md": "d-2.md"}) == (
        "# Memory Index\n\n- [A](a.md) — aa\n- [B](b.md) — bb\n\nIntro of theirs.\n\n- [C](c.md) — cc\n"
        "- [D](d-2.md) — dd\n\n## Mine\n\nProse of mine.\n\nMore.\n\n## Theirs\n\nSee [b](b.md).\n\n```\n# code\n```\n"
    )


@pytest.mark.parametrize(("ours", "theirs"), [*itertools.product(TEXTS, TEXTS)])
def test_joining_again_changes_nothing(ours: str, theirs: str) -> None:
    joined = join(ours, theirs, {})
    assert join(joined, theirs, {}) == joined
    assert {*ours.split()} | {*theirs.split()} >= {*joined.split()}
