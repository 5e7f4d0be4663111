"""Whether two statements in other words give one thing another measure: "scratch is purged after 21 days",
"scratch files untouched for 7 days vanish"."""

import re

from memctl.services.related.claim import Claim
from memctl.services.related.verdict import LIKELY, Verdict

SHARE = 0.3
"""Share of the words of the shorter subject line, by weight, that both must have, units not counted."""

NEAR = 2
"""Words before one in which another one tells it apart: "the almonds are watered", "the olives are …"."""

_QUANTITY = re.compile(r"(?<![#\w.,:/-])(\d+(?:[.,:]\d+)*)(?:[ \u00a0]([^\W\d_]+)|(%|[\u3040-\uffff]))?")
"""A number and its unit, the word right behind it. Of a script without blanks one character; the time of
day needs none."""

_CLOCK = ":"
"""Stands for the unit of a time of day."""

Measures = dict[str, set[str]]
"""Units, each with its numbers."""


def measured(new: Claim, old: Claim) -> Verdict | None:
    """The verdict that `new` gives a measure of `old` another number: one unit that both have, and a word
    of the subject beside it that nothing tells apart."""
    here, there = (_measures(claim, claim.statement.description) for claim in (new, old))
    changed = sorted(unit for unit in here.keys() & there.keys() if not here[unit] & there[unit])
    if not changed:
        return None
    mine, its = (
        {t.form for t in c.lead if c.is_telling(t) and not t.is_value} - set(here) for c in (new, old)
    )
    about = mine & its
    if new.weight(about) < SHARE * min(new.weight(mine), new.weight(its)) or not any(
        _is_same(new, old, form) for form in about
    ):
        return None
    if new.has("narrow"):
        return Verdict("narrows", f'says "{new.first("narrow")}": stands beside it', explicit=True)
    if len(there) > len(here) or any(len(there[unit]) > len(here[unit]) for unit in changed):
        why = "changes one of several things that it says, the others stand"
        return Verdict("narrows", why, tuple(changed), disagrees=True)
    one, other = (" ".join(sorted(side[changed[0]])) for side in (here, there))
    why = f'says "{one}" where it said "{other}"'
    return Verdict("replaces", why, (one, other), LIKELY, disagrees=True)


def _measures(claim: Claim, line: str) -> Measures:
    found: Measures = {}
    dates = [date.span() for date in claim.cues.all("date", line)]
    for quantity in _QUANTITY.finditer(line):
        if any(start < quantity.end() and quantity.start() < end for start, end in dates):
            continue
        unit = quantity[2] or quantity[3] or ""
        if ":" in quantity[1] or unit:
            name = _CLOCK if ":" in quantity[1] else claim.lexicon.stem(unit.lower())
            found.setdefault(name, set()).add(quantity[1])
    return found


def _is_same(new: Claim, old: Claim, form: str) -> bool:
    """Whether a word means the same in both: not the admin gateway here and the web gateway there."""
    here, there = (_said_before(claim, form) for claim in (new, old))
    return not here or not there or here == there


def _said_before(claim: Claim, form: str) -> str:
    """The telling word before `form`; "" where there is none near."""
    at = next(at for at, token in enumerate(claim.lead) if token.form == form)
    told = [t.form for t in claim.lead[max(0, at - NEAR) : at] if claim.is_telling(t)]
    return told[-1] if told else ""
