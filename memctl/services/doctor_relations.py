"""Checks between files: the index, links, near-duplicates, what is out of date."""

import re
from collections import Counter
from collections.abc import Iterator

from memctl.domain.escape import escape
from memctl.domain.finding import Finding
from memctl.domain.memory import Memory, stem
from memctl.services import browse, duplicates
from memctl.services import index as index_service
from memctl.services.arrange import links
from memctl.services.doctor_view import View, line_of

RARE = 4
"""Rarest words of a memory by which its near-duplicates are looked for: texts that are alike for 88 % share
one of them, and comparing every pair of 10,000 memories would take minutes."""
COMMON = 60
"""Memories that may share a word before it stops counting as rare."""

_CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def check(view: View) -> Iterator[Finding]:
    """Findings that rest on more than one file."""
    if not view.index_trouble and (view.index is not None or view.memories):
        yield from index_service.check(view.store)
    yield from _links(view)
    yield from _duplicates(view)
    yield from _stale(view)


def _links(view: View) -> Iterator[Finding]:
    """`[[names]]` that lead nowhere; what stands in code is no link."""
    known = {name for memory in view.memories for name in _answers_to(memory)}
    for memory in view.memories:
        if b"[[" not in memory.raw:
            continue
        text = memory.raw.decode("utf-8", "replace")
        shown = _CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
        for number, line in enumerate(shown.split("\n"), 1):
            for name in links(line):
                if name.casefold() not in known:
                    message = (
                        f"{escape(memory.file)}:{number} links to [[{escape(name)}]], which does not exist"
                    )
                    repair = "correct the link, take it out, or save that memory"
                    yield Finding("link.dangling", "warning", message, memory.file, number, repair)


def _answers_to(memory: Memory) -> set[str]:
    last = memory.stem.rsplit("/", 1)[-1]
    return {name.casefold() for name in (memory.file, memory.stem, last, f"{last}.md", memory.name)}


def _duplicates(view: View) -> Iterator[Finding]:
    """Pairs that say nearly the same, each told once, at the older of the two."""
    words = {
        m.file: set(duplicates.normalise(f"{m.description} {m.body[:2000]}").split()) for m in view.memories
    }
    spread = Counter(word for found in words.values() for word in found)
    holders: dict[str, list[Memory]] = {}
    for memory in sorted(view.memories, key=lambda m: (-m.modified, m.file)):
        rare = sorted((w for w in words[memory.file] if spread[w] <= COMMON), key=lambda w: (spread[w], w))[
            :RARE
        ]
        nearby = {other.file: other for word in words[memory.file] for other in holders.get(word, ())}
        alike = duplicates.near(
            memory.description,
            memory.body,
            [(other.file, other.description, other.body) for other in nearby.values()],
        )
        for other, score in alike[:3]:
            message = f"{escape(memory.file)} says nearly the same as {escape(other)} ({score:.0f} %)"
            repair = f"merge them, then memctl forget {escape(stem(memory.file))}"
            yield Finding("duplicate.near", "warning", message, memory.file, None, repair)
        for word in rare:
            holders.setdefault(word, []).append(memory)


def _stale(view: View) -> Iterator[Finding]:
    known = {name for memory in view.memories for name in _answers_to(memory)}
    for memory in view.memories:
        shown = escape(memory.file)
        reason = browse.stale_reason(memory, view.now)
        if reason:
            key = "supersededBy" if reason.startswith("superseded") else "expires"
            repair = f"memctl forget {escape(memory.stem)}"
            check_id = "stale.superseded" if key == "supersededBy" else "stale.expired"
            yield Finding(
                check_id, "warning", f"{shown} is {escape(reason)}", memory.file, line_of(memory, key), repair
            )
        for key in ("supersedes", "supersededBy"):
            target = memory.metadata.get(key)
            if (
                key == "supersededBy"
                and isinstance(target, str)
                and target
                and target.casefold() not in known
            ):
                message = f"{shown} is superseded by {escape(target)}, which does not exist"
                yield Finding(
                    "link.superseded", "warning", message, memory.file, line_of(memory, key), "correct it"
                )
