"""The words of a text that say something, and whether another text carries them.

A draft may say in other function words what a person said; what it says of its own are the content words:
things, verbs, numbers, paths. They are Unicode words, compared by their beginnings where languages inflect.
In Chinese, written without blanks, a character counts with its neighbours; hiragana is grammar and passes.
"""

import re
import unicodedata
from collections.abc import Iterator

from memctl.text import words

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_SCRIPTS = re.compile(
    rf"(?P<han>[{_HAN}]+)|(?P<hiragana>[\u3041-\u309f]+)|(?P<katakana>[\u30a0-\u30ff\u31f0-\u31ff]+)"
    r"|(?P<hangul>[\uac00-\ud7af]+)|(?P<word>(?:(?!(?P<wide>[\u3041-\u30ff\u31f0-\u31ff\uac00-\ud7af"
    rf"{_HAN}]))[\w./@:#%+&=~$-])+)"
)
_EDGE = "._/:=&~$-"
_ABBREVIATION = re.compile(r"(?:[^\W\d]\.)+[^\W\d]?")
_DATE = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월](?:\s?(\d{1,2})\s?[日일])?")
_LABEL = re.compile(r"(?im)^\**(?:why|how to apply):\**")

_CLOSED = frozenset(
    """across along although among anybody anyone around because beside besides cannot despite either else
    everybody everyone except hence however indeed inside instead lest neither nobody none nor nothing nowhere
    onto otherwise ought outside per perhaps rather regarding shall since somebody someone somewhere therefore
    though thus together toward towards unless unlike upon user via whatever whenever whereas wherever whether
    whichever whoever within""".split()
)
"""What `words.STOP` lacks of the closed classes of English (pronouns, prepositions, conjunctions,
auxiliaries), and what a memory calls the one who said "I"."""

_HAN_CLOSED = frozenset(
    "的地得了着过是在有和与及或而且但却都也就才只又再还不没别勿要会能可应该须必请把被将让使对给跟从到向往于以"
    "为因所由这那其此每各某个们之者你我他她它您吗呢吧啊如若则即便年月日号"
)
"""The closed classes of Chinese: particles, pronouns, prepositions, conjunctions, auxiliaries; and the units
of a date, whose numbers are looked for."""

_HANGUL_CLOSED = ("않", "아니")
"""How Korean says no."""

TEXT_MAX = 200_000
"""Characters of one text that are looked through."""

FORM_MAX = 40
"""Letters of a word that may have other forms."""

_BEGINNING = 4
"""Letters that two forms of one word share at least; and three fifths of the longer one."""


def content(text: str) -> set[str]:
    """The content words of `text`, folded."""
    return set(_words(_LABEL.sub(" ", text)))


class Carrier:
    """What a text says, to be asked for words."""

    def __init__(self, text: str) -> None:
        self._text = _folded(text[:TEXT_MAX])
        tokens = set(_tokens(self._text))
        self._words = tokens.union(*(_parts(token) for token in tokens))
        self._beginnings = {start for word in self._words for start in _beginnings(word)}

    def carries(self, word: str) -> bool:
        """Whether `word`, one of `content`, stands there: a name or a number as it is, others also
        inflected."""
        return not self.missing(word)

    def missing(self, word: str) -> list[str]:
        """What of `word` does not stand there: nothing, all of it, or of Chinese the characters."""
        if word in self._words:
            return []
        if re.match(f"[{_HAN}]", word):
            return [run for run in self._new(word) if len(run) > 1 or run not in self._text]
        if word.isalpha():
            return [] if any(start in self._beginnings for start in _beginnings(word)) else [word]
        stands = word in self._text and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", self._text)
        return [] if stands else [word]

    def _new(self, run: str) -> list[str]:
        """What of a run of Chinese characters stands in no pair of the texts, and is not grammar. One
        character between others may still be a word of its own that stands there: the caller looks."""
        known = [character in _HAN_CLOSED for character in run]
        for at in range(len(run) - 1):
            if run[at : at + 2] in self._text:
                known[at] = known[at + 1] = True
        return "".join(" " if old else new for old, new in zip(known, run, strict=True)).split()


def size(word: str) -> float:
    """How many words a content word is: Chinese puts no blanks between those of two characters."""
    return len(word) / 2 if re.match(f"[{_HAN}]", word) else 1.0


def _folded(text: str) -> str:
    """Case and width folded, and a date that names its year as one word, `2026-06-15`, as a memory has it."""
    return _DATE.sub(_iso, unicodedata.normalize("NFKC", text).casefold())


def _iso(found: re.Match[str]) -> str:
    return "-".join(part.zfill(2) for part in found.groups() if part) + " "


def _words(text: str) -> Iterator[str]:
    for token in _tokens(_folded(text)):
        if not token.isascii() or not token.replace("-", "").isalpha():
            if not _is_function(token):
                yield token
        else:
            yield from (part for part in token.split("-") if part and not _is_function(part))


def _tokens(text: str) -> Iterator[str]:
    for found in _SCRIPTS.finditer(text):
        if found["word"]:
            token = found[0].strip(_EDGE)
            if token and not _ABBREVIATION.fullmatch(token):
                yield token
        elif not found["hiragana"]:
            yield found[0]


def _parts(word: str) -> list[str]:
    return [part for part in re.split(r"[\W_]+", word) if part and part != word]


def _is_function(word: str) -> bool:
    if word in words.STOP or word in words.LIGHT or word in _CLOSED:
        return True
    return all(character in _HAN_CLOSED for character in word) or word.startswith(_HANGUL_CLOSED)


def _beginnings(word: str) -> Iterator[str]:
    """The beginnings of a word of which another form of it has one too."""
    if word.isalpha() and len(word) <= FORM_MAX:
        hangul = "\uac00" <= word[0] <= "\ud7af"  # a stem of two syllables may have three and more behind it
        least = 2 if hangul else max(_BEGINNING, -(-3 * len(word) // 5))
        for length in range(least, len(word) + 1):
            yield word[:length]
