"""The words of a text that say something: what two texts have in common, and what a memory is named after."""

import re
from functools import cache

from memctl.services.learn.languages import Language

_WORD = re.compile(r"\w+(?:[.@+'-]\w+)*")
_WIDE = re.compile(r"[\u3400-\u9fff]{2,}|[\u30a0-\u30ff]{2,}")
"""Runs of Chinese characters, and of katakana: in Japanese the nouns, and what stands between is grammar."""

_IDENTIFIER = re.compile(r".*(?:\d|[a-z][A-Z]|[a-z]+[._@+][a-z]|[A-Z]{2})")
"""Names in signs: a digit, a hump, a dot inside, capitals."""

_GRAMMAR = ("always", "all", "keep", "durable", "prohibit", "oblige", "team", "agree", "ask")
"""Keys of a language's table whose words are grammar in any sentence."""

WIDE_MAX = 8
"""Characters of a run without blanks that is one word of a name."""


@cache
def function_words(language: str) -> frozenset[str]:
    """The words of a language that say nothing by themselves, by its ISO 639-1 code."""
    import stopwordsiso  # takes 40 ms to load

    return frozenset(stopwordsiso.stopwords(language))


def content(language: Language, text: str) -> list[str]:
    """The words of content in their order, as they are written."""
    none = function_words(language.code)
    return [
        word
        for word in _words(language, text)
        if (word.casefold() not in none and not (word.islower() and _is_grammar(language, word)))
        or (_is_proper(text, word) and language.code != "de")  # where "Sie" and every noun has a capital
    ]


def _is_proper(text: str, word: str) -> bool:
    """Whether a word has its capital from itself, and not from a sentence that it begins: "Go", no "I"."""
    opens = re.search(rf"(?:^|[.!?:]\s+){re.escape(word)}", text)
    return len(word) > 1 and word[0].isupper() and word[1:].islower() and not opens


def is_name(language: Language, text: str, word: str) -> bool:
    """Whether a word is a name in signs, or one in capitals that opens no sentence of `text`."""
    return bool(_IDENTIFIER.match(word)) or (language.code != "de" and _is_proper(text, word))


def _words(language: Language, text: str) -> list[str]:
    """The words of a text; of one without blanks its runs of nouns, parted by the words of grammar."""
    if language.common or language.code == "ko":
        return _WORD.findall(text)
    for key in ("always", "all", "keep", "prohibit", "oblige", "team"):
        text = language.patterns[key].sub(" ", text)
    return [part for run in _WORD.findall(text) for part in ([run] if run.isascii() else _parted(run))]


def _parted(run: str) -> list[str]:
    """The nouns of a run without blanks, and the Latin names in it."""
    return [
        m[0][:WIDE_MAX] for m in re.finditer(rf"[A-Za-z0-9][\w.-]*?(?=[^\x00-\x7f]|$)|{_WIDE.pattern}", run)
    ]


def _is_grammar(language: Language, word: str) -> bool:
    return any(m is not None and m.end() == len(word) for m in (language.starts(k, word) for k in _GRAMMAR))


def heading(language: Language, text: str, most: int) -> list[str]:
    """At most `most` words of content after which a text may be named, in their order: names in signs and
    capitals first, then what comes first. A ban keeps the word by which it begins."""
    found = list(dict.fromkeys(content(language, text)))
    order = sorted(range(len(found)), key=lambda at: (-_rank(text, found[at]), at))
    kept = [found[at] for at in sorted(order[:most])]
    ban = language.opens("prohibit", text)
    return [*ban[0].split()[:1], *kept][:most] if ban and kept else kept


def _rank(text: str, word: str) -> int:
    """2 for a name in signs, 1 for one in capitals that opens no sentence, 0 for another word; -1 for a
    number, and a date, which change."""
    if not any(char.isalpha() for char in word):
        return -1
    if _IDENTIFIER.match(word):
        return 2
    return int(_is_proper(text, word))
