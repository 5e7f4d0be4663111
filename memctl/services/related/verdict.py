"""What a comparison finds: how a later statement stands to an earlier one."""

from dataclasses import dataclass

RELATIONS = ("replaces", "narrows", "beside", "protects", "repeats", "none")
"""`replaces`: the later one says something else of the same subject. `narrows`: it holds for a part of the
subject, in a case, for a time, or changes one of several things. `beside`: it is about another component,
or somebody else says otherwise; both stand. `protects`: the earlier one is a rule which it may not replace.
`repeats`: it says the same again. `none`: they have nothing to do with each other."""

SURE, LIKELY = "sure", "likely"
"""How strongly a verdict that something is replaced is meant. Sure: safe to carry out where nobody looks at
each one. Likely: worth a question."""


@dataclass(frozen=True)
class Verdict:
    """How a later statement stands to an earlier one. `why` says it in words for a person; `words` are those
    it rests on.

    `relation` is one of `RELATIONS`; `strength` is `SURE` or `LIKELY` where it is `replaces`, else "".
    `disagrees`: both say something of the same that cannot both be all of it. `explicit`: the later one says
    itself that something ended, or that it is an exception. `weight`: how much the words that both have tell.
    """

    relation: str
    why: str
    words: tuple[str, ...] = ()
    strength: str = ""
    disagrees: bool = False
    explicit: bool = False
    weight: float = 0.0

    @property
    def is_sure(self) -> bool:
        """Whether the later one replaces the earlier one beyond doubt."""
        return self.strength == SURE

    @property
    def is_apart(self) -> bool:
        """Whether the two are about different things, or a thing and a part of it, as their words say."""
        return self.relation in ("narrows", "beside") and bool(self.words)


NONE = Verdict("none", "is about something else")


def quoted(words: tuple[str, ...]) -> str:
    """Some words as a reason names them."""
    return '"' + " ".join(words) + '"'
