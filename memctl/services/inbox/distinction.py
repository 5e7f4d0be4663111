"""Whether two statements that are alike in their words still say two things: the one denies what the other
says ("start it by hand", "don't start it by hand"), or is about another object."""

from collections.abc import Mapping, Sequence

from memctl.services.related import cues
from memctl.services.related.claim import CLAUSE, Claim, Statement
from memctl.services.related.comparison import verdict
from memctl.services.related.nearby import plain_lexicon
from memctl.text import similar


def is_distinct(new: str, lines: Sequence[str]) -> bool:
    """Whether the statement `new` is a fact of its own beside a memory with these `lines`, its description
    and its paragraphs: it says the opposite, or of another object what the line most like it says."""
    wanted = similar.normalise(new)
    nearest = max(lines, key=lambda line: similar.likeness(wanted, similar.normalise(line)), default="")
    return is_opposite(new, "\n".join(lines)) or _is_of_another(new, nearest)


def _is_of_another(new: str, old: str) -> bool:
    here, there = (Claim(Statement("", text.strip(), ""), plain_lexicon()) for text in (new, old))
    found = verdict(there, here)
    return found.relation == "beside" and found.is_apart


def is_opposite(new: str, old: str) -> bool:
    """Whether of the words of content that both texts have more are denied by one alone than are not. A word
    that a text both says and denies, or sets against another, is on either side."""
    here, there = _sides(new), _sides(old)
    shared = here.keys() & there.keys()
    apart = sum(here[word].isdisjoint(there[word]) for word in shared)
    return apart * 2 > len(shared)


def _sides(text: str) -> Mapping[str, set[bool]]:
    """The words of content of `text`, each with whether a clause that has it is negated."""
    found: dict[str, set[bool]] = {}
    told = cues.of(text)
    for clause in CLAUSE.split(text.replace("\u2019", "'")):
        sides = _side(told, clause)
        for word in similar.content(similar.normalise(clause)):
            found.setdefault(word, set()).update(sides)
    return found


def _side(told: cues.Cues, clause: str) -> set[bool]:
    """Whether a clause is negated: two negations say that it is not, and a contrast denies a part of it."""
    if told.has("contrast", clause):
        return {True, False}
    denied = len(told.all("negate", clause)) % 2 == 1
    return {denied or (told.has("prohibit", clause) and not told.has("negate", clause))}
