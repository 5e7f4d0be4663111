"""One line said again in which values alone are others, each in the place of one of its kind: "nightly at
02:30, kept 35 days", "nightly at 04:00, kept 90 days".

In several places at once such a line may say the same of another thing, which its first number names: "berth
4 holds 2", "berth 5 holds 3". So these are never sure, and none where that number may be a name.
"""

import re
from collections.abc import Sequence
from itertools import accumulate

from memctl.services.related.claim import Claim
from memctl.services.related.verdict import LIKELY, Verdict
from memctl.text.alignment import Hunk, Token, cut

WORDS_MIN = 2
"""Words, the commonest ones too, in which two such lines are the same: "Built with Go 1.24, chi 6"."""

WORDS_MOVED = 1
"""The same where days and times of day alone differ: "Release on Thursday at 10:00"."""

_PART = re.compile(r"[,;](?=\s)|[，；、]")
"""What parts the members of a list; behind a colon the same thing goes on."""

_FIGURES = re.compile(r"\d+(?:[.,]\d+)*")
_FIGURE = re.compile(r"v?\d")
_CLOCK = "#:#"
_DAY = "day"


def swapped(hunks: Sequence[Hunk], new: Claim) -> Verdict | None:
    """The verdict that the values in `hunks`, all places in which two lines part, are later ones; None where
    other words differ too, or the first of several values may name what the others are said of."""
    kinds = [_kinds(hunk) for hunk in hunks]
    if not kinds or not all(kinds):
        return None
    least = WORDS_MOVED if all(set(kind) & {_DAY, _CLOCK} for kind in kinds) else WORDS_MIN
    if sum(t.is_content and not t.is_value for t in new.lead) < least:
        return None
    if len(hunks) > 1 and _may_name(hunks, new):
        return None
    here, there = (", ".join(map(_said, sides)) for sides in ([h.new for h in hunks], [h.old for h in hunks]))
    return Verdict(
        "replaces", f'says "{here}" where it said "{there}"', (here, there), LIKELY, disagrees=True
    )


def _kinds(hunk: Hunk) -> tuple[str, ...]:
    """The kinds of the values that stand in the place of others; () where anything else differs."""
    here, there = (tuple(map(_kind, side)) for side in (hunk.new, hunk.old))
    return here if here == there and all(here) else ()


def _kind(token: Token) -> str:
    """How a number, a version, a time of day or a day is written, without its figures; "" of other words, and
    of names with a number in them."""
    if token.is_time:
        return _DAY
    return _FIGURES.sub("#", token.text.lower()) if _FIGURE.match(token.text.lower()) else ""


def _may_name(hunks: Sequence[Hunk], new: Claim) -> bool:
    """Whether the first value may say which thing it is about: nothing stands before it, or it is a plain
    number right behind a word and no list goes on with a word and a number of its own."""
    start = hunks[0].start
    before = new.lead[:start]
    if not any(token.is_content for token in before):
        return True
    if not before[-1].is_content or _kinds(hunks[0])[0] in (_DAY, _CLOCK):
        return False
    return not _is_list(hunks, new)


def _is_list(hunks: Sequence[Hunk], new: Claim) -> bool:
    """Whether each value ends a member of a list, behind a word of its own: Node 22, pnpm 9."""
    ends = {*accumulate(len(cut(part)) for part in _PART.split(new.statement.description))}
    return all(h.start + len(h.new) in ends and h.start not in ends for h in hunks)


def _said(side: Sequence[Token]) -> str:
    return " ".join(token.text for token in side)
