"""Whether two statements in other words give one thing another measure: "scratch is purged after 21 days",
"scratch files untouched for 7 days vanish"."""

from memctl.services.related.claim import Claim
from memctl.services.related.readings import Readings, measures
from memctl.services.related.verdict import LIKELY, Verdict

SHARE = 0.3
"""Share of the words of the shorter subject line, by weight, that both must have, units not counted."""

NEAR = 2
"""Words before one in which another one tells it apart: "the almonds are watered", "the olives are …"."""


def measured(new: Claim, old: Claim) -> Verdict | None:
    """The verdict that `new` gives a measure of `old` another number: one unit that both have, and a word
    of the subject beside it that nothing tells apart."""
    here, there = (measures(claim, claim.statement.description) for claim in (new, old))
    changed = sorted(unit for unit in here.keys() & there.keys() if not here[unit] & there[unit])
    if not changed or not _is_one_subject(new, old, here):
        return None
    if new.has("narrow"):
        return Verdict("narrows", f'says "{new.first("narrow")}": stands beside it', explicit=True)
    if len(there) > len(here) or any(len(there[unit]) > len(here[unit]) for unit in changed):
        why = "changes one of several things that it says, the others stand"
        return Verdict("narrows", why, tuple(changed), disagrees=True)
    one, other = (" ".join(sorted(side[changed[0]])) for side in (here, there))
    why = f'says "{one}" where it said "{other}"'
    return Verdict("replaces", why, (one, other), LIKELY, disagrees=True)


def _is_one_subject(new: Claim, old: Claim, units: Readings) -> bool:
    """Whether the subject lines share enough beside the `units`, and mean the same by it."""
    mine, its = (
        {t.form for t in claim.lead if claim.is_telling(t) and not t.is_value} - units.keys()
        for claim in (new, old)
    )
    enough = new.weight(mine & its) >= SHARE * min(new.weight(mine), new.weight(its))
    return enough and bool(mine & its) and all(_is_same(new, old, form) for form in mine & its)


def _is_same(new: Claim, old: Claim, form: str) -> bool:
    """Whether a word means the same in both: not the admin gateway here and the web gateway there, nor video
    uploads here and uploads there."""
    here, there = (_said_before(claim, form) for claim in (new, old))
    if here and there:
        return here == there
    return not _qualifies(new, form)


def _said_before(claim: Claim, form: str) -> str:
    """The word of content before `form`; "" where there is none near."""
    at = next(at for at, token in enumerate(claim.lead) if token.form == form)
    told = [t.form for t in claim.lead[max(0, at - NEAR) : at] if t.is_content]
    return told[-1] if told else ""


def _qualifies(claim: Claim, form: str) -> bool:
    """Whether the word right before `form`, with a blank alone between, is one of content."""
    at = next(at for at, token in enumerate(claim.lead) if token.form == form)
    if not at or not claim.lead[at - 1].is_content:
        return False
    return f"{claim.lead[at - 1].text} {claim.lead[at].text}" in claim.statement.description
