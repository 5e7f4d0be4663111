"""Secrets that nothing tells where they stand: a session shows one behind a name or in an address, then again
bare. A value that was redacted somewhere in a session is redacted everywhere in what is given.

While a session is looked through its values are at hand (`values`, `without`). Where something of it is kept
only digests of them are, under a random key (`Known`), so that what is kept tells no password to who guesses.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from memctl.agents.transcripts import fields
from memctl.domain.transcript import Turn
from memctl.services.guard import secret_values
from memctl.services.guard.secrets import find

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

Values = Mapping[str, str]
"""The rule by which a value was redacted, by the value."""

OWN_KEY = os.urandom(32)
"""For what is not kept: it ends with the process."""

_RUN = re.compile(r"[!#-&(-_a-~]+")  # no blanks, no quotation marks
_MARK = re.compile(r"[^A-Za-z0-9_]")
_SIGNS = re.compile(r"[=:/@&?]")
_PLAIN = re.compile(r"[^\s\"'`<>(){}\[\],;|\\=:/@&?]+")

CUTS = 16
"""Places on from one at which a value in a run may end: before and after eight marks."""


def text_of(turn: Turn) -> str:
    """What of a turn is looked at."""
    return fields.whole(turn)[:LOOKED_AT]


def values(text: str) -> dict[str, str]:
    """The secrets in `text`. A word of letters alone is none: it would go from every sentence."""
    found = ((text[secret.start : secret.end], secret.rule) for secret in find(text))
    return {value: rule for value, rule in found if len(value) >= LEAST and not value.isalpha()}


def without(text: str, known: Values) -> str:
    """`text` with `[secret: rule-id]` in the place of each known value that is no part of a longer word."""
    there = sorted((value for value in known if value in text), key=len, reverse=True)
    if not there:
        return text
    pattern = "|".join(_whole(value) for value in there)
    return re.sub(pattern, lambda match: f"[secret: {known[match[0]]}]", text)


def _whole(value: str) -> str:
    before = r"(?<![^\W_])" if value[0].isalnum() else ""
    return before + re.escape(value) + (r"(?![^\W_])" if value[-1].isalnum() else "")


@dataclass(frozen=True)
class Known:
    """Values by their digests under `key`, with the rule by which each was redacted."""

    rules: Mapping[str, str] = field(default_factory=dict)
    key: bytes = field(default=OWN_KEY, repr=False)

    def digest(self, value: str) -> str:
        """What is kept of `value`."""
        return blake2b(value.encode("utf-8", "replace"), digest_size=16, key=self.key).hexdigest()

    def without(self, text: str) -> str:
        """`text` with `[secret: rule-id]` in the place of each known value."""
        parts, done = [], 0
        for start, end in _spans(text) if self.rules else ():
            rule = self.rules.get(self.digest(text[start:end])) if start >= done else None
            if rule:
                parts += [text[done:start], f"[secret: {rule}]"]
                done = end
        return "".join([*parts, text[done:]])


def known_of(texts: Iterable[str], turns: Iterable[Turn]) -> dict[str, str]:
    """The values that were redacted anywhere in `turns` and may stand in `texts`; turns that hold nothing of
    those are not looked at."""
    alike = {token for text in texts for token in _tokens(text)}
    alike = {token for token in alike if secret_values.is_password(token, quoted=True)}
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


def _tokens(text: str) -> Iterator[str]:
    """What may be a value or the most of one: what stands between blanks and quotation marks, and its parts
    between the signs of addresses and settings, with the marks within but not those around."""
    for match in _RUN.finditer(text):
        for part in (match[0], *_SIGNS.split(match[0])):
            yield part.strip("!#$%&()*+,-./:;<=>?@[\\]^{|}~")
    yield from _PLAIN.findall(text)


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Where what may be a value begins and ends, of those that begin at one place the longest first: between
    blanks and quotation marks from any mark to any other, which may be its own."""
    for match in _RUN.finditer(text):
        start, end = match.span()
        if end - start < LEAST:
            continue
        cuts = {start, end}
        for mark in _MARK.finditer(text, start, end):
            cuts |= {mark.start(), mark.end()}
        ends = sorted(cuts)
        for at, begins in enumerate(ends):
            for stops in (end, *reversed(ends[at + 1 : at + 1 + CUTS])):
                if stops - begins >= LEAST:
                    yield begins, stops
