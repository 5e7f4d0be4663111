"""What a chat, or a person, hands back: prompts by memory, in whatever wrapping they come.

Read are the answer that the prompt asks for and a person's own list, `{"NAME": ["prompt", …], …}`: alone, in
prose, in one or several code fences, cut off at its end. Every prompt passes the guard; names are only ever
compared with those of the memories.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from memctl.domain.memory import Memory
from memctl.errors import MemctlError
from memctl.llm import replies
from memctl.services.recall import inquiry
from memctl.services.recall.queries import KeptQueries
from memctl.services.recall.sifting import Guard, sift

_NAMES = ("id", "name", "memory", "file")
_PROMPTS = ("prompts", "queries", "when")

_FENCED = re.compile(r"^[ \t]*(```+|~~~+)[^\n]*\n(.*?)(?:^[ \t]*\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_TYPOGRAPHIC = str.maketrans({"\u00a0": " ", "\u201c": '"', "\u201d": '"', "\u201e": '"'})
"""What word processors and chat windows make of JSON."""
_TRAILING = re.compile(r",(\s*[\]}])")


@dataclass
class Entry:
    """What is said for one name."""

    prompts: list[object] = field(default_factory=list)
    description: str = ""


@dataclass(frozen=True)
class Taken:
    """What came of it. `unknown` are entries whose name no memory, or more than one, answers to."""

    done: tuple[str, ...]  # files that have queries now
    missed: tuple[str, ...]  # files for which nothing usable was given
    unknown: Mapping[str, Sequence[object]]
    unfit: Mapping[str, int]  # file -> prompts that the guard or the limits left out
    described: Mapping[str, str]  # file -> the description that was given


def read(text: str) -> dict[str, Entry]:
    """Name -> what is said for it. Raises MemctlError (slug `bad-reply`) where nothing is said for any."""
    fenced = "\n".join(match[2] for match in _FENCED.finditer(text))
    readings = [
        _said(version)
        for part in (fenced, text)
        for version in (part, _TRAILING.sub(r"\1", part.translate(_TYPOGRAPHIC)))
    ]
    # a damaged place costs what stands around it, so the reading that finds most is the right one
    most = max(readings, key=lambda found: sum(1 + len(entry.prompts) for entry in found.values()))
    if not most:
        raise MemctlError(
            "there is no list of prompts in it",
            hint='give the whole answer, or {"NAME": ["prompt", …], …}',
            slug="bad-reply",
        )
    return most


def _said(text: str) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    with suppress(RecursionError):  # nobody nests a list so deep in good faith
        for name, prompts, description in _entries(replies.values(text)):
            entry = found.setdefault(name, Entry())
            entry.prompts += [prompt for prompt in prompts if prompt not in entry.prompts]
            entry.description = description or entry.description
    return found


def take(
    entries: Mapping[str, Entry],
    memories: Sequence[Memory],
    kept: KeptQueries,
    guard: Guard,
    *,
    again: bool = False,
) -> Taken:
    """Keep what was read for the memories that it names; the rest is in the outcome. Raises OSError.

    `again` puts them in the place of what a model wrote before.
    """
    names = _Names(memories, guard)
    found: dict[str, tuple[str, ...]] = {}
    done: list[str] = []
    missed: list[str] = []
    unknown: dict[str, Sequence[object]] = {}
    unfit: dict[str, int] = {}
    described: dict[str, str] = {}
    for name, entry in entries.items():
        memory = names.find(name)
        if memory is None:
            unknown[name] = entry.prompts
            continue
        sifted = sift(entry.prompts, guard)
        (done if sifted.kept else missed).append(memory.file)
        if sifted.kept:
            key = kept.key(memory)
            found[key] = (*found.get(key, ()), *sifted.kept)
        if sifted.unfit + sifted.surplus:
            unfit[memory.file] = sifted.unfit + sifted.surplus
        if entry.description and inquiry.is_poor(memory):
            described[memory.file] = entry.description
    (kept.replace if again else kept.put)(found)
    left = tuple(file for file in dict.fromkeys(missed) if file not in done)
    return Taken(tuple(dict.fromkeys(done)), left, unknown, unfit, described)


def _entries(values: Iterable[object]) -> Iterator[tuple[str, list[object], str]]:
    """(name, prompts, description) of everything in `values` that says them."""
    for value in values:
        if isinstance(value, list):
            yield from _entries(item for item in value if isinstance(item, Mapping))
        elif isinstance(value, Mapping):
            name = next((value[key] for key in _NAMES if isinstance(value.get(key), str | int)), None)
            prompts = next((value[key] for key in _PROMPTS if isinstance(value.get(key), list)), None)
            if name is not None and prompts is not None:
                yield str(name), prompts, _text(value.get("description"))
            else:
                yield from _by_name(value)


def _by_name(value: Mapping[object, object]) -> Iterator[tuple[str, list[object], str]]:
    for name, said in value.items():
        if isinstance(said, str):
            yield str(name), [said], ""
        elif isinstance(said, list) and any(isinstance(item, Mapping) for item in said):
            yield from _entries([said])
        elif isinstance(said, list):
            yield str(name), said, ""
        elif isinstance(said, Mapping) and any(key in said for key in _PROMPTS):
            yield from _entries([{**said, "id": name}])
        elif isinstance(said, Mapping):
            yield from _by_name(said)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


class _Names:
    """The memories by whatever they may be called: file, stem, the name that a chat was shown, the header's
    name, the last part of a path."""

    def __init__(self, memories: Sequence[Memory], guard: Guard) -> None:
        self._tables: list[dict[str, list[Memory]]] = []
        forms = (
            lambda m: (m.file, m.stem, inquiry.shown_name(m, guard.redact)),
            lambda m: (m.file.casefold(), m.stem.casefold()),
            lambda m: (m.name.casefold(), m.stem.rpartition("/")[2].casefold()),
        )
        for form in forms:
            table: dict[str, list[Memory]] = {}
            for memory in memories:
                for name in dict.fromkeys(form(memory)):
                    table.setdefault(name, []).append(memory)
            self._tables.append(table)

    def find(self, name: str) -> Memory | None:
        """The one memory of that name; None for none, or several."""
        for table in self._tables:
            found = table.get(name) or table.get(name.casefold().removesuffix(".md")) or []
            if found:
                return found[0] if len(found) == 1 else None
        return None
