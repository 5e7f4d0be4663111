"""The sections of a full text that a query needs: what `recall` and `context` add with `--detail`."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from memctl.domain.memory import Memory
from memctl.errors import MemctlError
from memctl.format import prose
from memctl.services.compress import original
from memctl.services.compress.original import Whole
from memctl.services.context.block import tokens
from memctl.services.inbox.content import Carrier, content
from memctl.store.memory.memories import MemoryStore

HALF = 0.5
"""Share of a query's words from which a section is shown of a memory that was not recalled."""

OTHERS_MAX = 20
"""Shortened memories beside those recalled whose full texts are looked through: each is read from the
history, some hundredths of a second."""


@dataclass(frozen=True)
class Section:
    """A part of a full text: its heading ("" for none), and its text with that."""

    heading: str
    text: str


@dataclass(frozen=True)
class Detail:
    """What of the full text of one memory a query needs, in its order. `fingerprint` is of that version;
    `changed` is whether the memory was changed since."""

    name: str
    file: str
    fingerprint: str
    sections: tuple[str, ...]
    changed: bool = False

    @property
    def text(self) -> str:
        """The sections below a line that says where they are from."""
        since = " before it was changed" if self.changed else ""
        return f"From the full text of {self.name}{since}:\n\n" + "\n\n".join(self.sections)


@dataclass(frozen=True)
class Found:
    """The details for a query, and why the full text of a memory could not be had."""

    details: tuple[Detail, ...] = ()
    problems: tuple[str, ...] = ()


def expand(
    directory: str, memories: Sequence[Memory], query: str, most: int, others: Iterable[Memory] = ()
) -> Found:
    """What the full texts of `memories` have for `query` that they themselves do not say, in at most `most`
    tokens, the lines that mark it included. Sections that share no word with the query are never taken; those
    of `others`, which were not found because the word went, only where they have HALF of its words."""
    asked = content(query)
    ranked: list[tuple[float, int, int, str]] = []
    wholes: list[Whole] = []
    problems: list[str] = []
    for memory, least in [*((m, 0.0) for m in memories), *((m, HALF) for m in others)]:
        if not original.named(memory):
            continue
        try:
            whole = original.whole(directory, memory)
        except MemctlError as error:
            problems.append(error.message)
            continue
        for number, section in enumerate(sections(whole.memory.body, most)):
            score = _score(section, asked) if section.text not in memory.body else 0
            if score > 0 and _share(section, asked) >= least:
                ranked.append((score, len(wholes), number, section.text))
        wholes.append(whole)
    chosen = _chosen(sorted(ranked, key=lambda r: (-r[0], r[1], r[2])), wholes, most)
    details = (
        _detail(whole, tuple(text for _, text in sorted(chosen[at])))
        for at, whole in enumerate(wholes)
        if at in chosen
    )
    return Found(tuple(details), tuple(problems))


def others(store: MemoryStore, found: Collection[str]) -> list[Memory]:
    """The shortened memories beside the files `found`, the newest OTHERS_MAX of those that hold."""
    there = [memory for memory in store.each() if original.named(memory) and memory.file not in found]
    there = [memory for memory in there if not memory.metadata.get("supersededBy")]
    return sorted(there, key=lambda memory: -memory.modified)[:OTHERS_MAX]


def _detail(whole: Whole, texts: tuple[str, ...] = ()) -> Detail:
    memory = whole.memory
    return Detail(memory.stem, memory.file, memory.fingerprint, texts, changed=not whole.is_current)


def _chosen(
    ranked: Sequence[tuple[float, int, int, str]], wholes: Sequence[Whole], most: int
) -> dict[int, list[tuple[int, str]]]:
    """By memory the numbers and texts of the best sections that find room, whole ones only."""
    chosen: dict[int, list[tuple[int, str]]] = {}
    for _, at, number, text in ranked:
        marked = _detail(wholes[at]).text
        cost = tokens(text) + 1 + (0 if at in chosen else tokens(marked) + 1)
        if cost <= most:
            most -= cost
            chosen.setdefault(at, []).append((number, text))
    return chosen


def sections(body: str, most: int | None = None) -> list[Section]:
    """A body cut at its headings; what stands below none, and a section over `most` tokens, at its
    paragraphs, lists and blocks of code."""
    found: list[Section] = []
    for section in _sections(body):
        if most is None or tokens(section.text) <= most:
            found.append(section)
        else:
            below = section.text.split("\n", 1)[1:] if section.heading else []
            found += [Section(section.heading, one.text) for text in below for one in _sections(text)]
    return found


def _sections(body: str) -> Iterator[Section]:
    heading, start, end = "", 0, 0
    for unit in prose.units(body):
        opens = unit.kind == "heading"
        gap = body[end : unit.start]
        if opens or (not heading and "\n" in gap and unit.start > start):
            if body[start:end].strip():
                yield Section(heading, body[start:end].strip())
            start = unit.start
        if opens:
            heading = prose.plain(body[unit.start : unit.stop])
        end = unit.stop
    if body[start:end].strip():
        yield Section(heading, body[start:end].strip())


def _share(section: Section, asked: set[str]) -> float:
    return sum(map(Carrier(section.text).carries, asked)) / max(1, len(asked))


def _score(section: Section, asked: set[str]) -> float:
    """How many words of the query a section has; one of its heading counts twice."""
    carrier, head = Carrier(section.text), Carrier(section.heading)
    return sum(carrier.carries(word) + head.carries(word) for word in asked)
