"""What is not to be kept: a memory that the person asks to delete, what they take back, what they say is
not to be remembered."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from memctl.domain.memory import Memory
from memctl.services.learn.gist import content, function_words
from memctl.services.learn.languages import Language, spoken
from memctl.services.learn.marks import clauses, marks, openings, size
from memctl.services.learn.sentences import Sentence, mask
from memctl.services.learn.standing import STEM, terms

SHARED_MIN = 2
"""Words that a request to delete must share with the memory it means: one is shared by chance."""


def asked(language: Language, found: Sequence[Sentence]) -> Sentence | None:
    """The sentence that asks to delete a note or memory; None when none does. A question whether to, what
    others say or want, and what says not to, ask for nothing; what is to be built is told by `meant`."""
    for sentence in found:
        has = marks(language, sentence.masked)
        if has & {"unreal", "reported"} or ("question" in has and "ask" not in has):
            continue
        if _unsays(language, sentence.masked):
            return sentence
        if language.has("record", sentence.masked) and _says_drop(language, sentence.masked):
            return sentence
    return None


def _unsays(language: Language, masked: str) -> bool:
    """Whether a sentence is an order to forget that something is so: "forget that the tests need docker"; in
    scripts without blanks, which may put the verb last, no negation stands in it."""
    if language.common:
        return any(language.opens("unsay", order) for order in openings(language, masked))
    return language.has("unsay", masked) and not language.has("prohibit", masked)


def _says_drop(language: Language, masked: str) -> bool:
    """Whether a clause says to delete, and no negation stands before that or ends the clause."""
    for clause in clauses(masked):
        drop = language.patterns["drop"].search(clause)
        negated = list(language.patterns["prohibit"].finditer(clause)) if drop else []
        ends = len(clause.rstrip(" .!?。！？"))
        if drop and not any(no.start() < drop.end() or no.end() >= ends for no in negated):
            return True
    return False


def is_private(language: Language, found: Sequence[Sentence]) -> bool:
    """Whether a message says that it is not to be remembered. "Don't save the file with tabs" speaks of
    another thing than of what was said."""
    said = [clause for sentence in found for clause in clauses(sentence.masked)]
    return any(language.has("secret", clause) or _is_private(language, clause) for clause in said)


ASIDE_MAX = 3
"""Words beside "don't save this" that leave it what it is: "please", "in your memory"."""


def _is_private(language: Language, clause: str) -> bool:
    """Whether the one thing that a clause asks not to keep is what was said, or it names nothing."""
    private = language.patterns["private"].search(clause)
    if private is None:
        return False
    before, after = clause[: private.start()], clause[private.end() :]
    pronoun = (
        language.has("pronoun", before)
        or language.has("pronoun", private[0])
        or bool(language.opens("pronoun", after))
    )
    beside = sum(size(_light(language, part)) for part in (before, after))
    if any(_is_thing(language, part) for part in (before, private[0], after)):
        return False
    return beside <= (ASIDE_MAX if pronoun else 0)


def _is_thing(language: Language, text: str) -> bool:
    """Whether it is a thing that is worked on which is not to be kept so, and no memory of it: "this file
    with tabs", but not "this in your memory"."""
    if language.has("record", text):
        return False
    said = _light(language, text)
    if language.has("artefact", said) or not language.common:
        return language.has("artefact", said)
    words = content(language, said)
    return any(not _is_adjacent(said, *pair) for pair in pairwise(words))


def _is_adjacent(text: str, one: str, other: str) -> bool:
    """Whether two words are one thing ("email address"), and not a thing and how ("image as webp")."""
    return re.search(rf"{re.escape(one)}\s+{re.escape(other)}", text) is not None


def _light(language: Language, text: str) -> str:
    """What a part of a clause says beside its pronouns and the words that only open it."""
    return language.patterns["opener"].sub("", language.patterns["pronoun"].sub("", text))


def meant(text: str, request: str, memories: Sequence[Memory]) -> Memory | None:
    """The memory of which a message speaks that makes a `request` to delete one: the one that shares most
    words with it, rare ones counting more; None where two do alike, none does enough, or the request names
    something else as well: a page, a script, a person."""
    said = terms(text)
    of_each = [said & terms(f"{m.stem} {m.name} {m.description} {m.body}") for m in memories]
    common = Counter(term for terms in of_each for term in terms)
    scores = [
        sum(1 / common[term] for term in terms) if len(terms) >= SHARED_MIN else 0.0 for terms in of_each
    ]
    best = max(scores, default=0.0)
    if not best or scores.count(best) > 1:
        return None
    found = memories[scores.index(best)]
    return (
        None if _names_else(request, f"{found.stem} {found.name} {found.description} {found.body}") else found
    )


_OF_REQUEST = ("drop", "record", "pronoun", "opener", "ask")
"""Keys whose words a request has of its own, and no memory needs to have."""


def _is_strange(language: Language, word: str, said: str) -> bool:
    """Whether a word of content stands nowhere in what is `said`, nor is a run of particles."""
    particles = frozenset() if language.common else function_words(language.code)
    return word.casefold()[:STEM] not in said and not particles.issuperset(word)


def _names_else(request: str, said: str) -> bool:
    """Whether the clause of a request that says to delete names a thing of which the memory, which is what
    was `said`, knows nothing: then it is a part of what is built that is to go."""
    language, said = spoken(request), said.casefold()
    if language.has("unsay", request):
        return False  # that something is so is nothing that is built
    for part in (one for one in clauses(mask(request)) if language.has("drop", one)):
        for key in _OF_REQUEST:
            part = language.patterns[key].sub(" ; ", part)
        if any(_is_strange(language, word, said) for word in content(language, part)):
            return True
    return False


def takes_back(language: Language, found: Sequence[Sentence]) -> bool:
    """Whether a message begins with a clause that undoes what was said before it and says no more: "scratch
    that", "doch nicht"; or is nothing but "don't save that". "Never mind the warnings" undoes nothing."""
    if not found:
        return False
    withdraw = language.opens("withdraw", found[0].masked)
    if withdraw is None:
        return len(found) == 1 and _is_alone(language, found[0].masked)
    rest = (clauses(withdraw.string[withdraw.end() :]) or [""])[0]
    if withdraw.string[withdraw.end() :].lstrip()[:1] in (",", ";", ":", "，", "、", "；", "："):
        return True
    return size(_light(language, rest)) <= (1 if language.common else ASIDE_MAX)


def _is_alone(language: Language, masked: str) -> bool:
    """Whether a sentence says nothing but that something is not to be kept, and what only by a pronoun."""
    said = [clause for clause in clauses(masked) if size(_light(language, clause))]
    return len(said) == 1 and language.has("pronoun", masked) and _is_private(language, masked)
