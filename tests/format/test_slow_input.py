"""Text made of one delimiter takes time in proportion to its length, whoever reads it."""

import sys
from collections.abc import Callable

import pytest

from memctl.format import drift, header, index, links, mending, mentions, topic, verbatim

UNITS = (
    "<!---->", "<!--", "[", "](", "[a](b.md)", "- [A](a.md)\n", "`", "`` ` ", "```\n", "> ", "1. ", "- ", "    x\n", "\\",
    "[[a]]", "[[", "# \n", "k: v\n", "k: [\n", '"', "---\n", "a", "\n",
)  # fmt: skip

READERS: dict[str, Callable[[str], object]] = {
    "pointers": links.pointers,
    "what a session loads": drift.budget,
    "drift": lambda text: drift.check(text, ["a.md"]),
    "a new pointer": lambda text: index.upsert(text, "z.md", "Z", "z"),
    "no pointer": lambda text: index.remove(text, "a.md"),
    "damage": lambda text: mending.mended(text.encode()),
    "code": verbatim.spans,
    "links": lambda text: mentions.Renamed("a.md", "b.md", "b").followed(text.encode(), ""),
    "header": lambda text: header.read(f"---\n{text}\n---\n".encode()),
    "description": lambda text: links.pointer_line("a.md", text, text),
    "topic": lambda text: topic.decode(text.encode(), "a.md"),
}


def calls(read: Callable[[str], object], text: str) -> int:
    """How many functions and methods a reader calls."""
    counted = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    index.pointers.cache_clear()
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        read(text)
    finally:
        sys.setprofile(before)
    return counted


@pytest.mark.parametrize("reader", READERS)
def test_a_reader_takes_as_many_steps_as_the_text_is_long(reader: str) -> None:
    for unit in UNITS:
        once, twice = (calls(READERS[reader], unit * (n // len(unit))) for n in (2_000, 4_000))
        assert twice < 2.5 * once + 100, unit
