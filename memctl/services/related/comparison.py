"""How a later statement stands to an earlier one, that of two memories of a folder or that of a text which
is about to become one.

Structure decides before any word does. Where the text itself says that something ended, and the memory says
just that, it replaces it. Else both are laid side by side: the same subject with another value is a change;
another word within the subject is another subject; a word more there, or a restriction, narrows it. Last,
nothing that protects is replaced by a remark.
"""

from dataclasses import replace

from memctl.services.related.claim import Claim
from memctl.services.related.ending import ended
from memctl.services.related.measures import measured
from memctl.services.related.parting import aligned
from memctl.services.related.protection import guards, overrules
from memctl.services.related.resemblance import resembling
from memctl.services.related.verdict import LIKELY, NONE, RELATIONS, SURE, Verdict, quoted
from memctl.text.alignment import Alignment

__all__ = ["LIKELY", "NONE", "RELATIONS", "SURE", "Verdict", "verdict"]


def verdict(older: Claim, newer: Claim) -> Verdict:
    """How `newer`, which was said later, stands to `older`."""
    beside = aligned(newer, older)
    found = _repeated(newer, older) or ended(newer, older, beside)
    if found is None:
        parted = beside is not None and (beside.disagrees or beside.is_apart)
        found = beside if parted else measured(newer, older) or resembling(newer, older) or beside
    if found is None:
        return NONE
    return replace(_checked(found, newer, older), weight=newer.weight(newer.words & older.words))


def _checked(found: Verdict, new: Claim, old: Claim) -> Verdict:
    """`found`, unless what is there may not be replaced by this."""
    if found.relation != "replaces":
        return found
    if not overrules(new, old, explicit=found.explicit):
        why = f"{guards(old)}: it stands, and this beside it"
        return Verdict("protects", why, found.words, disagrees=True)
    if not found.explicit and _is_reported(new) and not _is_reported(old):
        return Verdict("beside", "somebody else says so: both stand", found.words, disagrees=True)
    place = "" if found.explicit else new.begins_elsewhere(old)
    if place:
        return Verdict("narrows", f"is about {quoted((place,))} alone: stands beside it", explicit=True)
    if not found.explicit and (new.statement.expires or (new.passes and not old.passes)):
        why = f"is meant for a time{f' ({new.passes})' if new.passes else ''}: stands beside it"
        return Verdict("narrows", why, explicit=True)
    return found


def _is_reported(claim: Claim) -> bool:
    """Whether its lead gives another's word."""
    return claim.cues.has("reported", claim.statement.description)


def _repeated(new: Claim, old: Claim) -> Verdict | None:
    """The same sentences under another subject line, unless that line says another value."""
    if not new.fact or [t.form for t in new.fact] != [t.form for t in old.fact]:
        return None
    if new.is_negated != old.is_negated or any(h.is_value for h in Alignment(new.lead, old.lead).hunks):
        return None
    return Verdict("repeats", "says the same")
