"""Whether a statement says itself that something ended, which an earlier one says."""

import re
from collections.abc import Sequence

from memctl.services.related.claim import BEHIND, Claim
from memctl.services.related.plainness import is_own, is_whole
from memctl.services.related.protection import binds
from memctl.services.related.verdict import LIKELY, SURE, Verdict, quoted
from memctl.text.alignment import Token

COMPOUND_MIN = 7
"""Letters of a word from which a longer one that begins with it is about the same."""

FEW_LEAD = 3
"""Memories that may hold a word of which the subject line itself says that it ended; else the earlier one
alone may. With three for any word a rule about another thing is overridden in the tuning sets."""

SHARED_MIN = 2
"""Words that both must have: what ended, and what it is about."""

SHARE = 0.17
"""Share of the words of the shorter statement, by weight, that both must have: the least that an ending in
the tuning sets has. With nothing asked for, seven pairs in 426 real memories are taken for one; so, one."""

SHARE_MORE = 0.25
"""The same where that is doubtful: a cue only sets one thing against another ("instead of", "not the"), of
which half in real rules are about nothing that ever held; or other memories too have the word that ended."""


def ended(new: Claim, old: Claim, beside: Verdict | None) -> Verdict | None:
    """The verdict that `new` replaces `old`, where it says that something ended and `old` says that: words
    in the clause of such a cue that `old` alone has, or most of those behind the cue where both have the
    same subject. `beside` is what the subject lines say."""
    if not new.ends or len(new.words & old.words) < SHARED_MIN:
        return None
    share = new.share(old)
    if share < SHARE:
        return None
    found = (_end(new, old, cue, beside, much=share >= SHARE_MORE) for cue in new.ends)
    return next(filter(None, found), None)


def _end(new: Claim, old: Claim, cue: re.Match[str], beside: Verdict | None, *, much: bool) -> Verdict | None:
    """The verdict of one cue; None where it ends nothing that `old` says. `much`: they share many words."""
    contrasts = new.is_contrast(cue)
    if contrasts and not (much and _is_of_it(new, cue, beside)):
        return None  # "the nightly jobs, not the service" says what it is about
    named = _named(new, old, cue, beside, much=much) if is_own(new, cue) else []
    if not named or any(new.is_numbered_otherwise(t.form, old) for t in named):
        return None
    words = tuple(dict.fromkeys(t.text for t in named))
    surely = not contrasts and _is_sure(new, old, cue, beside, named)
    why = f'says "{cue[0].strip()}" of {quoted(words)}'
    strength = SURE if surely else LIKELY
    return Verdict("replaces", why, words, strength, disagrees=True, explicit=True)


def _is_sure(
    new: Claim, old: Claim, cue: re.Match[str], beside: Verdict | None, named: Sequence[Token]
) -> bool:
    """Whether what ends by `cue` is the subject of `old`, all of it, and no other thing's."""
    bare = all(t.is_number for t in named)  # two things may have had the same number
    apart = beside is not None and beside.is_apart and (bare or _is_below(new, cue))
    told = any(t.form in old.head_words for t in named)
    return told and not apart and not binds(old) and is_whole(new, old, cue)


def _is_of_it(new: Claim, cue: re.Match[str], beside: Verdict | None) -> bool:
    """Whether a contrast may be about `old`: it stands in a subject line, or the two lines do not part."""
    return not _is_below(new, cue) if beside is None else not beside.is_apart


def _is_below(new: Claim, cue: re.Match[str]) -> bool:
    """Whether a cue stands below the subject line."""
    return cue.start() >= len(new.statement.description)


def _named(new: Claim, old: Claim, cue: re.Match[str], beside: Verdict | None, *, much: bool) -> list[Token]:
    """The words of `old` of which the clause of `cue` says that they ended. `much`: the two share many. What
    `old` gave up itself is nothing that ends now."""
    apart = beside is not None and beside.is_apart
    before, behind = new.around(cue)
    told = [t for t in behind[:BEHIND] if new.is_telling(t)]
    few = FEW_LEAD if much and cue.start() < len(new.statement.description) else 1
    rare = [t for t in (*before, *told) if new.is_telling(t) and new.held(t.form) <= few]
    named = held(rare, (old.lead_words if apart else old.words) - old.given_up)
    if named or apart or beside is None:
        return named
    named = held(told, old.head_words - old.given_up)
    return named if len(named) * 2 >= len(told) else []


def held(found: Sequence[Token], words: frozenset[str]) -> list[Token]:
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
        if token is not None and not token.is_character and (token.form in words or _compounds(token, words)):
            kept.append(token)
    return kept


def _compounds(token: Token, words: frozenset[str]) -> bool:
    """Whether a long word begins with one of `words`, as compounds do: Studierendenpreis."""
    return any(len(word) >= COMPOUND_MIN and token.form.startswith(word) for word in words)
