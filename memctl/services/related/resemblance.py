"""Whether two statements that hardly share a word give one thing another value: they are called alike, and
each says something of one kind that the other says otherwise ("basket-ttl: abandoned baskets, 45 days",
"basket-privacy: unfinished carts, 30 days").

What is said in other words is never sure, and a name that many memories have tells nothing.
"""

from memctl.services.related.claim import Claim
from memctl.services.related.readings import lead_numbers, readings
from memctl.services.related.verdict import LIKELY, Verdict

HOLDERS_MAX = 8
"""Memories that may hold a word of a name that tells what a memory is about. With more it is a kind of
memory, "project" or "feedback", or a person of whom there are many."""

SHARE = 0.12
"""Share of the words of the shorter heading, name and description, by weight, that both must have."""

SHARE_PLAIN = 0.25
"""The same where numbers without a common unit differ, or what the names end in."""

LETTERS_MIN = 4
"""Letters of a word of a name with which a word may begin that is another form of it: bonus, bonuses."""

Swap = tuple[str, str]
"""What the later statement says, and what the earlier one said."""


def resembling(new: Claim, old: Claim) -> Verdict | None:
    """The verdict that `new` says another value of what `old` is about, by their names and headings; None
    where they are not called alike, or nothing says that one value stands in the place of the other."""
    topics = [t for t in new.topics if t in old.topics and new.held(t) <= HOLDERS_MAX]
    if not topics or _is_apart(new, old):
        return None
    both = new.heading & old.heading
    least = min(new.weight(new.heading), new.weight(old.heading))
    share = new.weight(both) / least if least else 0.0
    swap = _reading(new, old) if share >= SHARE else None
    if swap is None and share >= SHARE_PLAIN:
        swap = _number(new, old) or _ending(new, old)
    if swap is None:
        return None
    here, there = swap
    word = next(word for word in new.statement.name_words if new.lexicon.stem(word) == topics[0])
    why = f'says "{here}" of {word} where it said "{there}"'
    return Verdict("replaces", why, swap, LIKELY, disagrees=True)


def _is_apart(new: Claim, old: Claim) -> bool:
    """Whether `new` says itself that it is about a part, a case, or another thing than `old`."""
    if _restricts(new) or new.begins_elsewhere(old) or _says_fewer(new, old):
        return True
    if new.has("role") and old.has("role"):
        return True  # who keeps what is compared word by word
    return _names_itself(new, old) or _is_titled_otherwise(new, old)


def _is_titled_otherwise(new: Claim, old: Claim) -> bool:
    """Whether both descriptions begin with a title, and each title has a word of its own: what is said of the
    test command is no other value of the lint command."""
    here, there = ({t.form for t in claim.lead[: claim.title] if claim.is_telling(t)} for claim in (new, old))
    return bool(here - there and there - here)


def _restricts(new: Claim) -> bool:
    """Whether it says that it holds in a place or a case alone; a condition of how something works ("when
    quota is free") restricts only where the description has it."""
    line = new.statement.description
    if new.cues.has("narrow", line):
        return True
    when = [cue.span() for cue in new.cues.all("event", new.text)]
    return any(cue.span() not in when for cue in new.cues.all("narrow", new.text))


def _says_fewer(new: Claim, old: Claim) -> bool:
    return new.values < old.values and new.clauses < old.clauses


def _names_itself(one: Claim, other: Claim) -> bool:
    """Whether its description begins with a word of its own name of which the other says nothing: that is
    what it is about, not what it says ("riego-almendros: los almendros se riegan …")."""
    first = next((token.form for token in one.lead if one.is_telling(token)), "")
    is_own = any(first.startswith(topic) for topic in one.topics if len(topic) >= LETTERS_MIN)
    return is_own and first not in other.words | {*other.topics}


def _reading(new: Claim, old: Claim) -> Swap | None:
    """Values of one kind that both say, and not the same."""
    here, there = readings(new), readings(old)
    for kind in here.keys() & there.keys():
        if here[kind].isdisjoint(there[kind]) and len(here[kind]) >= len(there[kind]):
            return " ".join(sorted(here[kind])), " ".join(sorted(there[kind]))
    return None


def _number(new: Claim, old: Claim) -> Swap | None:
    """The one number of each description, where they differ and their units do not."""
    here, there = lead_numbers(new), lead_numbers(old)
    if len(here) != 1 or len(there) != 1:
        return None
    (number, unit), (before, its) = *here, *there
    return (number, before) if number != before and (unit == its or not (unit and its)) else None


def _ending(new: Claim, old: Claim) -> Swap | None:
    """The last words of two names that differ in them alone, where each description says its own behind
    what it is about."""
    if len(new.topics) != len(old.topics) or new.topics[:-1] != old.topics[:-1]:
        return None
    ends = new.topics[-1], old.topics[-1]
    said = all(end in {t.form for t in claim.lead[1:]} for end, claim in zip(ends, (new, old), strict=True))
    return ends if said and ends[0] != ends[1] else None
