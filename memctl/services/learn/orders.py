"""Orders that hold for a kind of thing, told from those about one thing: "don't add comments" is a norm,
"don't touch that file" is for now.

What makes an order general is its object: a bare plural or mass noun, or a name, stands for the kind; an
article, a demonstrative or a possessive for one thing on the table. Languages without articles say it by
naming a second thing, where it holds ("не добавляй комментарии в код").
"""

import re

from memctl.services.learn.gist import content, function_words
from memctl.services.learn.languages import HAN, Language

_WORD = re.compile(r"\w+(?:'\w+)?")

_CLAUSE_END = re.compile(r"[,;:，；：]")

_NOW = ("here", "once", "scope")
"""Keys whose words, anywhere behind it, leave an order to the place and the moment of speech."""

_WITHOUT_ARTICLES = ("ru", "zh", "ja", "ko")

KIND_MIN = 2
"""Words of content by which an order is general where no article could tell."""


def forbids(language: Language, order: str) -> bool:
    """Whether `order`, a sentence from its first word of meaning on, forbids a kind of thing."""
    said = _after(language, "forbid", order)
    return said is not None and _is_general(language, said)


def prefers(language: Language, order: str) -> bool:
    """Whether `order` says to use one kind of thing and not another: "use X instead of Y"."""
    said = _after(language, "take", order) if language.has("contrast", order) else None
    return said is not None and _is_general(language, said)


def _after(language: Language, key: str, order: str) -> str | None:
    """What an order is about, where it begins with a word of `key`; in scripts without blanks, which put
    the verb last, it may stand anywhere, and all but it is what the order is about."""
    pattern = language.patterns[key]
    if language.common:
        found = language.opens(key, order)
        return found.string[found.end() :] if found else None
    return pattern.sub(" ", order, count=1) if pattern.search(order) else None


def _is_general(language: Language, said: str) -> bool:
    if any(language.has(key, said) for key in _NOW):
        return False
    said = _CLAUSE_END.split(said.strip())[0]
    if language.code in _WITHOUT_ARTICLES:
        return not language.has("definite", said) and _named(language, said) >= KIND_MIN
    none = function_words(language.code) | language.common
    for word in _WORD.finditer(said):
        if language.has("definite", said[: word.end()]):
            return False
        if word[0].casefold() not in none:
            return True
    return False


def _named(language: Language, said: str) -> int:
    """How many things a text names; in Chinese a run of content may name several."""
    return sum(max(1, len(HAN.findall(word)) // HAN_NAME) for word in content(language, said))


HAN_NAME = 3
"""Characters of a run of Chinese content that name one thing, with what is done to it."""
