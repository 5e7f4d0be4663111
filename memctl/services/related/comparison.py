"""How a new statement stands to one that a memory holds.

Structure decides before any word does. Where the text itself says that something ended, and the memory says
just that, it replaces it. Else both are laid side by side: the same subject with another value is a change;
another word within the subject is another subject; a word more there, or a restriction, narrows it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from memctl.services.related.claim import Claim
from memctl.services.related.protection import guards, overrules
from memctl.text.alignment import Alignment, Hunk, Token

SHARED_MIN = 2
"""Telling words that both subject lines have. One is a topic ("tests"), two are a subject ("test data")."""

SHARE = 0.3
"""Share of the weight of the shorter subject line that they make. On the tuning sets 0.4 finds 21 of 45
replaced memories and one that is none, 0.3 finds 23, and 0.2 as many."""

BEHIND = 6
"""Words behind "no longer", "instead of" that may be what has ended."""


@dataclass(frozen=True)
class Verdict:
    """How a new statement stands to a memory. `why` says it in a sentence; `words` are those it rests on.

    `relation` is one of `RELATIONS`. `explicit`: the text itself says that something ended. `weight`: how
    much the words that both have tell.
    """

    relation: str
    why: str
    words: tuple[str, ...] = ()
    explicit: bool = False
    weight: float = 0.0


RELATIONS = ("replaces", "annotates", "narrows", "exception", "disagrees", "same", "beside")
"""`replaces`: the same subject says something else now. `annotates`: changes a part, or may not replace it.
`narrows`: for a part of the subject. `exception`: for a time, or in a case. `disagrees`: somebody else says
something else. `same`: says it again. `beside`: another component, place or version."""


def compare(new: Claim, old: Claim) -> Verdict | None:
    """How `new` stands to `old`; None where they are about different things."""
    aligned = _aligned(new, old)
    found = _repeated(new, old) or _ended(new, old, aligned) or aligned
    if found is None:
        return None
    relation, why, words, explicit = _checked(found, new, old)
    return Verdict(relation, why, words, explicit, new.lexicon.weight(new.words & old.words))


_ELSEWHERE = "is about something else: stands beside it"

Found = tuple[str, str, tuple[str, ...], bool]
"""Relation, reason, words, whether it is explicit."""


def _checked(found: Found, new: Claim, old: Claim) -> Found:
    """`found`, unless what is there may not be replaced by this."""
    relation, _, words, explicit = found
    if relation != "replaces":
        return found
    if not overrules(new, old, explicit=explicit):
        return "annotates", f"{guards(old)}: it stands, and this beside it", words, explicit
    if new.statement.expires and not explicit:
        return "exception", "is meant for a time: stands beside it", words, explicit
    return found


def _repeated(new: Claim, old: Claim) -> Found | None:
    """The same sentences under another subject line, unless that line says another value."""
    if not new.fact or [t.form for t in new.fact] != [t.form for t in old.fact]:
        return None
    if any(hunk.is_value for hunk in Alignment(new.lead, old.lead).hunks):
        return None
    return "same", "says the same", (), False


def _ended(new: Claim, old: Claim, aligned: Found | None) -> Found | None:
    """What `new` says has ended, where `old` says it: words in the clause of such a cue that `old` alone
    has, or most of those behind the cue where both have the same subject."""
    if aligned and _is_apart(aligned):
        return None
    for cue in new.ends:
        before, behind = new.around(cue)
        telling = [t for t in behind[:BEHIND] if new.is_telling(t)]
        named = _held([t for t in (*before, *telling) if new.is_telling(t) and _is_rare(new, t)], old.words)
        if not named:
            named = _held(telling, old.head_words)
            if aligned is None or len(named) * 2 < len(telling):
                continue
        if named and (new.words & old.words) - {t.form for t in named}:
            words = tuple(dict.fromkeys(t.text for t in named))
            return "replaces", f'says "{cue[0].strip()}" of {_quoted(words)}', words, True
    return None


def _is_rare(new: Claim, token: Token) -> bool:
    return new.lexicon.held(token.form) <= 1


def _is_apart(found: Found) -> bool:
    """Whether two subject lines are about different things, or a thing and a part of it."""
    return found[0] in ("narrows", "disagrees") or found[1] == _ELSEWHERE


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


def _aligned(new: Claim, old: Claim) -> Found | None:
    """What the two subject lines, side by side, say."""
    if len({t.form for t in new.lead} & {t.form for t in old.lead}) < SHARED_MIN:
        return None  # most pairs end here
    alignment = Alignment(new.lead, old.lead)
    shared = {t.form for t in alignment.shared if not t.is_value}
    weigh = new.lexicon.weight
    least = min(weigh({t.form for t in line if t.is_content}) for line in (new.lead, old.lead))
    if len(shared) < SHARED_MIN or weigh(shared) < SHARE * least:
        return None
    return _parted(new, old, alignment) if alignment.hunks else _reworded(new, old)


def _reworded(new: Claim, old: Claim) -> Found:
    """The subject lines are the same: the sentences below say whether anything changed."""
    swaps = [h for h in Alignment(new.fact, old.fact).hunks if h.is_value or (h.last and h.new and h.old)]
    if swaps:
        return _changed(swaps[:1])
    return "same", "says the same", (), False


def _parted(new: Claim, old: Claim, alignment: Alignment) -> Found:
    """What the places say in which two lines of one subject differ."""
    changed = new.place("changed")
    slots: list[Hunk] = []
    for hunk in alignment.hunks:
        if hunk.start < new.title and not hunk.is_value:
            return _other(hunk)
        if hunk.is_value and any(later.is_value for later in alignment.hunks if later.start > hunk.start):
            return _other(
                hunk
            )  # the first of two values numbers the thing: "berth 4 holds 2" and "berth 5 holds 3"
        behind_cue = changed is not None and hunk.start >= changed
        if hunk.last or behind_cue or (hunk.is_value and not hunk.is_mixed):
            slots.append(hunk)
        elif all(hunk.telling) and (hunk.is_swap or hunk.is_value):
            return _differs(hunk, new)
        elif hunk.telling[0] and not hunk.telling[1]:
            return _other(hunk)
    if new.has("narrow") and not old.has("narrow"):
        return (
            "exception",
            f'says "{_first(new, "narrow")}": stands beside it',
            (_first(new, "narrow"),),
            False,
        )
    swaps = [hunk for hunk in slots if hunk.new and hunk.old]
    if not swaps:
        return "beside", "says more of it: stands beside it", (), False
    if new.values < old.values and new.clauses < old.clauses:
        return "annotates", "changes one of several things that it says, the others stand", (), False
    return _changed(swaps)


def _changed(swaps: Sequence[Hunk]) -> Found:
    here, there = (" ".join(t.text for t in side) for side in (swaps[-1].new, swaps[-1].old))
    return "replaces", f'says "{here}" where it said "{there}"', (here, there), False


def _other(hunk: Hunk) -> Found:
    here, there = hunk.telling
    words = tuple(t.text for t in (*here, *there))
    if here and not there:
        return "narrows", f"is about {_quoted(words)} alone: stands beside it", words, False
    return "beside", _ELSEWHERE, words, False


def _differs(hunk: Hunk, new: Claim) -> Found:
    """One word of the subject is another: a person who thinks otherwise, or another thing."""
    here, there = hunk.telling
    names = [t.text for t in (here[0], there[0])]
    if hunk.start == 0 and all(name[:1].isupper() for name in names) and names[1] in new.text:
        return "disagrees", f"{names[0]} says otherwise than {names[1]}: both stand", tuple(names), False
    return _other(hunk)


def _first(claim: Claim, key: str) -> str:
    return claim.cues.all(key, claim.text)[0][0].strip()


def _quoted(words: Sequence[str]) -> str:
    return '"' + " ".join(words) + '"'
