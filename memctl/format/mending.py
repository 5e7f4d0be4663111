"""What a crash, a full disk or another program broke in the index, and the index without it.

A pointer of the plain form that was hit is taken out, for it is made again from its memory; of what a person
wrote everything that can be read stays.
"""

from collections.abc import Iterator

from memctl.domain.finding import Finding
from memctl.domain.memory import INDEX
from memctl.format import index, links

LOST = "\ufffd"
"""What stands for bytes that are no UTF-8."""

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def check(raw: bytes) -> list[Finding]:
    """The first damage of each kind in the bytes of an index."""
    said = list(_whole(raw))
    said += [(line, "holds half a pointer") for line in sorted(_halves(_text(raw)))[:1]]
    return [
        Finding("index.damaged", "error", f"{INDEX}:{line} {why}", INDEX, line, "memctl doctor --fix")
        for line, why in said
    ]


def is_hit(raw: bytes) -> bool:
    """Whether the bytes of an index are no text. Half a pointer is not looked for, which takes longer."""
    return next(_whole(raw), None) is not None


def _whole(raw: bytes) -> Iterator[tuple[int, str]]:
    if raw[:2] in _UTF_16:
        yield 1, "is UTF-16, not UTF-8"
        return
    if b"\0" in raw:
        yield raw.count(b"\n", 0, raw.index(b"\0")) + 1, "holds NUL bytes"
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        yield raw.count(b"\n", 0, error.start) + 1, "is not valid UTF-8"


def mended(raw: bytes) -> str:
    """The text of an index without what `check` finds in it."""
    whole = _text(raw).replace("\0", "")
    halves = _halves(whole)
    pairs = zip(_text(raw).split("\n"), whole.split("\n"), strict=True)
    kept = [
        line
        for number, (was, line) in enumerate(pairs, 1)
        if number not in halves and not ((was != line or LOST in line) and _is_worthless(line))
    ]
    return "\n".join(kept)


def _text(raw: bytes) -> str:
    return raw.decode("utf-16" if raw[:2] in _UTF_16 else "utf-8", "replace")


def _halves(text: str) -> set[int]:
    """The lines on which a plain pointer begins and does not end, nor goes on in the next line."""
    lines = text.split("\n")
    return {
        number
        for number, line in links.visible(text)[0]
        if line.startswith("- [")
        and _is_half(line)
        and not (lines[number : number + 1] or [""])[0][:1].isspace()
    }


def _is_half(line: str) -> bool:
    middle = line.find("](")
    return "]" not in line if middle < 0 else ")" not in line[middle:]


def _is_worthless(line: str) -> bool:
    """Whether nothing of a damaged line needs to stay: a pointer that is made again, or hardly any text."""
    pointer = next((p for p in links.pointers(line) if p.item), None)
    if pointer is not None and index.generated(pointer):
        return True
    return sum(char.isalnum() for char in line) <= line.count(LOST)
