"""What a person takes back: a memory that they ask to delete, and what they said a moment ago."""

import re
from collections import Counter
from collections.abc import Sequence

from memctl.domain.memory import Memory
from memctl.services.learn.languages import Language
from memctl.services.learn.sentences import Sentence

SHARED_MIN = 2
"""Words that a request to delete must share with the memory it means: one is shared by chance."""

_TERM = re.compile(r"[^\W\d_\u2e80-\uffff]{4,}|[\u2e80-\u9fff\uac00-\ud7af]+")


def asked(language: Language, found: Sequence[Sentence]) -> Sentence | None:
    """The sentence that asks to delete a note or memory; None when none does."""
    for sentence in found:
        if language.has("drop", sentence.masked) and language.has("record", sentence.masked):
            return sentence
    return None


def meant(text: str, memories: Sequence[Memory]) -> Memory | None:
    """The memory of which a request speaks: the one that shares most words with it, rare ones counting more;
    None where two do alike, or none does enough."""
    said = _terms(text)
    of_each = [said & _terms(f"{m.stem} {m.description} {m.body}") for m in memories]
    common = Counter(term for terms in of_each for term in terms)
    scores = [sum(1 / common[term] for term in terms) if len(terms) >= SHARED_MIN else 0.0 for terms in of_each]
    best = max(scores, default=0.0)
    if not best or scores.count(best) > 1:
        return None
    return memories[scores.index(best)]


def takes_back(language: Language, found: Sequence[Sentence]) -> bool:
    """Whether a message begins with words that undo what was said before it: "scratch that", "doch nicht"."""
    return bool(found and language.opens("withdraw", found[0].masked))


def _terms(text: str) -> set[str]:
    """Words of four letters and more; of scripts without blanks each pair of characters."""
    terms = set()
    for word in _TERM.findall(text.casefold().replace("_", " ")):
        wide = ord(word[0]) > 0x2E80
        terms |= {word[at : at + 2] for at in range(len(word) - 1)} if wide else {word}
    return terms
