"""What a model is shown of the memories that exist: each by its header, and the texts of those that the
session may be about, so that it neither says again what is known nor loses what an update leaves out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import log

from memctl.domain import relation
from memctl.domain.memory import Memory
from memctl.llm import prompts
from memctl.services import guard
from memctl.text import similar

MANIFEST_MAX = 200
MANIFEST_CHARS = 25_000
"""The same budget as a selector's manifest."""

TEXTS_MAX = 20
TEXTS_CHARS = 12_000
"""Memories whose text is sent, and the characters of all of them: a fifth of a session's window."""

TEXT_CHARS = 3_000
"""Characters of a memory's text above which it is not sent: half of it would be taken for the whole."""


def manifest(memories: Sequence[Memory]) -> str:
    """File, type and description of the memories that are current, newest first."""
    lines, size = [], 0
    for memory in sorted(_current(memories), key=lambda m: -m.modified)[:MANIFEST_MAX]:
        line = prompts.line(guard.redact(f"{memory.stem} | {memory.type or '-'} | {memory.description}"))
        size += len(line) + 1
        if size > MANIFEST_CHARS:
            break
        lines.append(line)
    return "\n".join(lines)


def texts(memories: Sequence[Memory], said: Iterable[str]) -> dict[str, str]:
    """By stem, the texts as they are sent of the memories that share most with what was `said`."""
    found: dict[str, str] = {}
    size = 0
    for memory in _near(list(_current(memories)), said):
        text = prompts.block(guard.redact(memory.body.strip())) if len(memory.body) <= TEXT_CHARS else ""
        if text and size + len(text) <= TEXTS_CHARS and len(found) < TEXTS_MAX:
            found[memory.stem] = text
            size += len(text)
    return found


def _current(memories: Sequence[Memory]) -> Iterator[Memory]:
    return (memory for memory in memories if not relation.superseded_by(memory.metadata))


def _near(memories: Sequence[Memory], said: Iterable[str]) -> list[Memory]:
    """The memories that have a word of what was said, those that share rare words first."""
    heard = _words(" ".join(said))
    shared = [_words(f"{m.name} {m.description} {m.body[:TEXT_CHARS]}") & heard for m in memories]
    held = Counter(word for words in shared for word in words)
    worth = [sum(log(1 + len(memories) / held[word]) for word in words) for words in shared]
    order = sorted(range(len(memories)), key=lambda at: (-worth[at], -memories[at].modified))
    return [memories[at] for at in order if worth[at]]


def _words(text: str) -> frozenset[str]:
    """Words, and the single characters of scripts that put no blanks between them."""
    parts = similar.normalise(text).split()
    return frozenset(word for part in parts for word in ([part] if part.isascii() else [part, *part]))
