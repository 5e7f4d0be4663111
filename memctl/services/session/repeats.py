"""Secrets that nothing tells where they stand: a session shows one behind a name or in an address, then again
bare. A value that was redacted somewhere in a session is redacted everywhere in what is given.

Of a value only a digest is kept. What is compared are the texts between blanks and quotation marks, and the
parts of these between the signs of addresses and settings.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from hashlib import blake2b
from itertools import pairwise
from typing import Any

from memctl.domain.contents import Contents, Item
from memctl.domain.transcript import Turn
from memctl.services.guard import secret_values
from memctl.services.guard.secrets import find
from memctl.services.session import passages

LEAST = 6
"""Characters of a value that is looked for: a shorter one stands in other words."""

LOOKED_AT = 4_000
"""Characters of one text of a session in which values are looked for."""

IN_ALL = 4_000_000
"""Characters of a session's texts in which they are: more takes over two seconds."""

OUTPUTS_MAX = 500_000
"""Characters of outputs in which they are while a session is gathered: a third of a second's work."""

VALUES_MAX = 200
"""Values that are known again in what is gathered, the latest."""

Known = Mapping[str, str]
"""The rule by which a value was redacted, by the value's digest."""

_TOKEN = re.compile(r"[^\s\"'`<>(){}\[\],;|\\]+")
_SIGNS = re.compile(r"[=:/@&?]")


def text_of(turn: Turn) -> str:
    """What of a turn is looked at."""
    return passages.text_of(turn)[:LOOKED_AT]


def values(text: str) -> dict[str, str]:
    """The secrets in `text`, as `Known`. A word of letters alone is none: it would go from every sentence."""
    found = ((text[secret.start : secret.end], secret.rule) for secret in find(text))
    return {_digest(value): rule for value, rule in found if len(value) >= LEAST and not value.isalpha()}


def without(text: str, known: Known) -> str:
    """`text` with `[secret: rule-id]` in the place of each known value."""
    if not known:
        return text
    parts, done = [], 0
    for start, end in _tokens(text):
        rule = known.get(_digest(text[start:end])) if start >= done else None
        if rule:
            parts += [text[done:start], f"[secret: {rule}]"]
            done = end
    return "".join([*parts, text[done:]])


def cleaned(contents: Contents, known: Known) -> Contents:
    """`contents` without the known values."""

    def clean(value: Any) -> Any:
        if isinstance(value, Item):
            return replace(value, text=without(value.text, known), about=without(value.about, known))
        return tuple(map(clean, value)) if isinstance(value, tuple) else value

    held = {part.name: clean(getattr(contents, part.name)) for part in fields(contents)} if known else {}
    return replace(contents, **held)


def known_of(texts: Iterable[str], turns: Iterable[Turn]) -> Known:
    """The values that stand in `texts` and were redacted anywhere in `turns`, where those are looked at."""
    shown = {text[start:end] for text in texts for start, end in _tokens(text)}
    alike = {token for token in shown if secret_values.is_password(token, quoted=True)}
    known: dict[str, str] = {}
    looked = 0
    for turn in turns if alike else ():
        text = text_of(turn)
        if any(token in text for token in alike):
            known |= values(text)
            looked += len(text)
        if looked > IN_ALL:
            break
    return known


def _tokens(text: str) -> Iterator[tuple[int, int]]:
    """Where what may be a value begins and ends: each text between blanks, then its parts."""
    for match in _TOKEN.finditer(text):
        end = match.start() + len(match[0].rstrip(".:!?"))
        borders = [
            match.start() - 1,
            *(sign.start() for sign in _SIGNS.finditer(text, match.start(), end)),
            end,
        ]
        spans = [(match.start(), end), *((a + 1, b) for a, b in pairwise(borders))]
        yield from ((a, b) for a, b in spans if b - a >= LEAST)


def _digest(value: str) -> str:
    return blake2b(value.encode("utf-8", "replace"), digest_size=8).hexdigest()
