"""Text made of one delimiter takes time in proportion to its length, whoever reads it."""

import sys
import time
from collections.abc import Callable

import pytest

from memctl.format import drift, header, index, links, mending, mentions, sections, topic, verbatim

UNITS = (
    "<!---->", "<!--", "[", "](", "[a](b.md)", "- [A](a.md)\n", "`", "`` ` ", "```\n", "> ", "1. ", "- ", "    x\n", "\\",
    "[[a]]", "[[", "# \n", "k: v\n", "k: [\n", '"', "---\n", "a", "\n",
)  # fmt: skip


def numbered(text: str, mark: str) -> str:
    """`text` with no two lines and no two links alike."""
    lines = text.split("\n")
    return "\n".join([f"{line.replace('a.md', f'{mark}{n}.md')} {mark}{n}" for n, line in enumerate(lines)])


def join(text: str) -> str:
    """Two indexes like `text` made one, every memory of the second under a new name."""
    names = {f"b{number}.md": f"c{number}.md" for number in range(text.count("\n") + 1)}
    return sections.join(numbered(text, "a"), numbered(text, "b"), names)


READERS: dict[str, Callable[[str], object]] = {
    "pointers": links.pointers,
    "what a session loads": drift.budget,
    "drift": lambda text: drift.check(text, ["a.md"]),
    "a new pointer": lambda text: index.upsert(text, "z.md", "Z", "z"),
    "no pointer": lambda text: index.remove(text, "a.md"),
    "damage": lambda text: mending.mended(text.encode()),
    "code": verbatim.spans,
    "links": lambda text: mentions.Renamed("a.md", "b.md", "b").followed(text.encode(), ""),
    "links to the renamed": lambda text: mentions.Renamed("b.md", "c.md", "c").followed(text.encode(), ""),
    "pointers to the renamed": lambda text: index.rename(text, "a.md", "c.md", "C"),
    "two indexes": join,
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


WRITERS: dict[str, Callable[[str], object]] = {
    "links": READERS["links to the renamed"],
    "pointers": lambda text: index.rename(text, "b.md", "c.md"),
    "no pointer": lambda text: index.remove(f"{text} [d](d.md)", "b.md"),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_links_take_no_longer_to_rewrite_in_a_long_line(writer: str) -> None:
    """Copying the line for each of them is no step that could be counted."""
    took = []
    for end in ("\n", " "):
        text = "[a](b.md) " * 1_000 + end + "x" * 4_000_000
        before = time.process_time()
        WRITERS[writer](text)
        took.append(time.process_time() - before)
    assert took[1] < 4 * took[0] + 0.1
