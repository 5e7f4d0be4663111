"""How a new statement stands to one that a memory holds.

Structure decides before any word does. Where the text itself says that something ended, and the memory says
just that, it replaces it. Else both are laid side by side: the same subject with another value is a change;
another word within the subject is another subject; a word more there, or a restriction, narrows it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from memctl.services.related.claim import Claim
from memctl.services.related.protection import guards, overrules
from memctl.text.alignment import Alignment, Hunk, Token, telling

SHARED_MIN = 2
"""Telling words that both subject lines have. One is a topic ("tests"), two are a subject ("test data")."""

SHARE = 0.3
"""Share of the weight of the shorter subject line that they make. On the tuning sets 0.4 finds 21 of 45
replaced memories and one that is none, 0.3 finds 23, and 0.2 as many."""

BEHIND = 6
"""Words behind "no longer", "instead of" that may be what has ended."""


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
    `disagrees`: both say something of the same that cannot both be all of it. `weight`: how much the words
    that both have tell.
    """

    relation: str
    why: str
    words: tuple[str, ...] = ()
    strength: str = ""
    disagrees: bool = False
    weight: float = 0.0

    @property
    def is_sure(self) -> bool:
        """Whether the later one replaces the earlier one beyond doubt."""
        return self.strength == SURE


NONE = Verdict("none", "is about something else")


def verdict(older: Claim, newer: Claim) -> Verdict:
    """How `newer`, which was said later, stands to `older`."""
    aligned = _aligned(newer, older)
    found = _repeated(newer, older) or _ended(newer, older, aligned) or aligned
    if found is None:
        return NONE
    return replace(_checked(found, newer, older), weight=newer.weight(newer.words & older.words))


_ELSEWHERE = "is about something else: stands beside it"


def _checked(found: Verdict, new: Claim, old: Claim) -> Verdict:
    """`found`, unless what is there may not be replaced by this."""
    if found.relation != "replaces":
        return found
    if not overrules(new, old, explicit=found.is_sure):
        why = f"{guards(old)}: it stands, and this beside it"
        return Verdict("protects", why, found.words, disagrees=True)
    if new.statement.expires and not found.is_sure:
        return Verdict("narrows", "is meant for a time: stands beside it")
    return found


def _repeated(new: Claim, old: Claim) -> Verdict | None:
    """The same sentences under another subject line, unless that line says another value."""
    if not new.fact or [t.form for t in new.fact] != [t.form for t in old.fact]:
        return None
    if any(hunk.is_value for hunk in Alignment(new.lead, old.lead).hunks):
        return None
    return Verdict("repeats", "says the same")


def _ended(new: Claim, old: Claim, aligned: Verdict | None) -> Verdict | None:
    """What `new` says has ended, where `old` says it: words in the clause of such a cue that `old` alone
    has, or most of those behind the cue where both have the same subject."""
    if aligned and _is_apart(aligned):
        return None
    for cue in new.ends:
        before, behind = new.around(cue)
        told = [t for t in behind[:BEHIND] if new.is_telling(t)]
        named = _held([t for t in (*before, *told) if new.is_telling(t) and new.held(t.form) <= 1], old.words)
        if not named:
            named = _held(told, old.head_words)
            if aligned is None or len(named) * 2 < len(told):
                continue
        if named and (new.words & old.words) - {t.form for t in named}:
            words = tuple(dict.fromkeys(t.text for t in named))
            why = f'says "{cue[0].strip()}" of {_quoted(words)}'
            return Verdict("replaces", why, words, SURE, disagrees=True)
    return None


def _is_apart(found: Verdict) -> bool:
    """Whether two subject lines are about different things, or a thing and a part of it."""
    return found.relation in ("narrows", "beside") and bool(found.words)


def _held(found: Sequence[Token], words: frozenset[str]) -> list[Token]:
    """Those of `found` that stand among `words`; of a script without blanks only runs that can be a word."""
    kept: list[Token] = []
    run: list[Token] = []
    for token in (*found, None):
        if token is not None and token.form in words and token.is_character:
            run.append(token)
            continue
        if len(run) >= (2 if any(t.is_han for t in run) else 3):
            kept += run
        run = []
        if token is not None and token.form in words and not token.is_character:
            kept.append(token)
    return kept


def _aligned(new: Claim, old: Claim) -> Verdict | None:
    """What the two subject lines, side by side, say."""
    if len({t.form for t in new.lead} & {t.form for t in old.lead}) < SHARED_MIN:
        return None  # most pairs end here
    alignment = Alignment(new.lead, old.lead)
    shared = {t.form for t in alignment.shared if not t.is_value}
    least = min(
        new.weight({t.form for t in telling(line) if not t.is_value}) for line in (new.lead, old.lead)
    )
    if len(shared) < SHARED_MIN or new.weight(shared) < SHARE * least:
        return None
    return _parted(new, old, alignment) if alignment.hunks else _reworded(new, old)


def _reworded(new: Claim, old: Claim) -> Verdict:
    """The subject lines are the same: the sentences below say whether anything changed."""
    swaps = [h for h in Alignment(new.fact, old.fact).hunks if h.is_value or (h.last and h.new and h.old)]
    return _changed(swaps[:1]) if swaps else Verdict("repeats", "says the same")


def _parted(new: Claim, old: Claim, alignment: Alignment) -> Verdict:
    """What the places say in which two lines of one subject differ."""
    changed = new.place("changed")
    slots: list[Hunk] = []
    for hunk in alignment.hunks:
        if hunk.start < new.title and not hunk.is_value:
            return _other(hunk)
        if hunk.is_value and any(later.is_value for later in alignment.hunks if later.start > hunk.start):
            return _other(hunk)  # the first of two values numbers the thing: "berth 4 holds 2", "berth 5 …"
        behind_cue = changed is not None and hunk.start >= changed
        if hunk.last or behind_cue or (hunk.is_value and not hunk.is_mixed):
            slots.append(hunk)
        elif all(hunk.telling) and (hunk.is_swap or hunk.is_value):
            return _differs(hunk, new)
        elif hunk.telling[0] and not hunk.telling[1]:
            return _other(hunk)
    if new.has("narrow") and not old.has("narrow"):
        cue = _first(new, "narrow")
        return Verdict("narrows", f'says "{cue}": stands beside it')
    swaps = [hunk for hunk in slots if hunk.new and hunk.old]
    if not swaps:
        return Verdict("beside", "says more of it: stands beside it")
    if new.values < old.values and new.clauses < old.clauses:
        why = "changes one of several things that it says, the others stand"
        return Verdict("narrows", why, disagrees=True)
    return _changed(swaps)


def _changed(swaps: Sequence[Hunk]) -> Verdict:
    here, there = (" ".join(t.text for t in side) for side in (swaps[-1].new, swaps[-1].old))
    why = f'says "{here}" where it said "{there}"'
    return Verdict("replaces", why, (here, there), LIKELY, disagrees=True)


def _other(hunk: Hunk) -> Verdict:
    here, there = hunk.telling
    words = tuple(t.text for t in (*here, *there))
    if here and not there:
        return Verdict("narrows", f"is about {_quoted(words)} alone: stands beside it", words)
    return Verdict("beside", _ELSEWHERE, words)


def _differs(hunk: Hunk, new: Claim) -> Verdict:
    """One word of the subject is another: a person who thinks otherwise, or another thing."""
    here, there = hunk.telling
    names = (here[0].text, there[0].text)
    if hunk.start == 0 and all(name[:1].isupper() for name in names) and names[1] in new.text:
        why = f"{names[0]} says otherwise than {names[1]}: both stand"
        return Verdict("beside", why, names, disagrees=True)
    return _other(hunk)


def _first(claim: Claim, key: str) -> str:
    return claim.cues.all(key, claim.text)[0][0].strip()


def _quoted(words: Sequence[str]) -> str:
    return '"' + " ".join(words) + '"'
