"""What a casual remark does not overrule: a rule that protects."""

from memctl.services.related.claim import Claim
from memctl.text import grammar

_BINDING = ("always", "oblige", "norm", "prohibit")


def binds(old: Claim) -> bool:
    """Whether `old` is a rule, or a person's word about themselves, which nobody's look may not be spared.
    That something ended ("is no longer mailed") makes no rule."""
    if old.statement.type in ("feedback", "user"):
        return True
    found = (word for key in _BINDING for word in old.cues.all(key, old.statement.description))
    return any(
        all(word.end() <= end.start() or end.end() <= word.start() for end in old.ends) for word in found
    )


def guards(old: Claim) -> str:
    """Why `old` is a rule that protects, in words; "" where it is none: it forbids, or it binds where a
    mistake cannot be taken back."""
    lead = old.statement.description
    if old.cues.has("prohibit", lead) and (old.cues.has("always", lead) or old.cues.has("norm", lead)):
        return "it forbids something"
    rules = any(old.cues.has(key, old.text) for key in _BINDING)
    return "it protects what a mistake would cost" if rules and _is_weighty(lead, old) else ""


def _is_weighty(lead: str, old: Claim) -> bool:
    """Whether a line names what a mistake cannot be taken back for, in its language or in English, whose
    words for it are used in all."""
    return old.cues.has("weighty", lead) or grammar.pattern("en", "weighty").search(lead) is not None


def overrules(new: Claim, old: Claim, *, explicit: bool) -> bool:
    """Whether `new` may take the place of `old`. A rule that protects gives way only to a statement that
    says so itself, is no remark of the day, and comes from somebody whose word is as good."""
    if not guards(old):
        return True
    if new.has("once") or new.statement.expires or new.statement.type == "project":
        return False
    if old.statement.origin == "person" != new.statement.origin:
        return False
    return explicit or new.has("decide") or bool(guards(new))
