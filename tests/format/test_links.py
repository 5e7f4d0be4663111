"""The one grammar of pointers: what is a link, what is an item, which file is meant."""

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from memctl.format import links

LINK = re.compile(
    r"(?<!\\)\[(?P<title>(?:[^\[\]\\\n]|\\.|\[[^\[\]\n]*\])*+)\]"
    r"\(<?(?P<target>[^()<>\n]*(?:\([^()\n]*\)[^()<>\n]*)*)>?\)"
)
"""The grammar of a link as a regular expression, which the hot path has no time to compile."""
ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,4}[.)])[ \t]+")


@given(st.text("[]()<>\\ab ", max_size=40))
@example("[a[b]c](d(e)f)")
@example("[x](<a b.md>)")
@example("\\[x](a.md) \\\\[y](b.md)")
@example("[" + "x" * 400 + "](" + "y" * 400 + ")")
def test_links_are_those_of_the_expression(line: str) -> None:
    wanted = [(m.start(), m.end(), m["title"], m["target"]) for m in LINK.finditer(line)]
    assert links.links(line) == wanted


@given(st.text("-*+.) \t0123456789x²٣", max_size=9))
def test_items_are_those_of_the_expression(line: str) -> None:
    match = ITEM.match(line)
    assert links.lead(line) == (match.end() if match else 0)


@pytest.mark.parametrize(
    "line",
    ["- [A](a.md)", "* [A](a.md): x", "+ **[A](<a.md>)**", "1. [A](a.md)", "  12)\t[A](./a.md#part) — x"],
)
def test_an_item_that_links_to_a_topic_file_is_a_pointer(line: str) -> None:
    assert [(p.file, p.item) for p in links.pointers(line)] == [("a.md", True)]


@pytest.mark.parametrize("line", ["see [A](a.md)", "| [A](a.md) | x |", "12345. [A](a.md)", "-[A](a.md)"])
def test_other_links_are_pointers_but_no_items(line: str) -> None:
    assert [(p.file, p.item) for p in links.pointers(line)] == [("a.md", False)]


@pytest.mark.parametrize(
    "target",
    ["../a.md", "/etc/a.md", "%2Fetc/a.md", "https://x/a.md", "a\\b.md", "a%5Cb.md", "%2e%2e/a.md", "~/a.md",
     "%7E/a.md", "a.txt", "MEMORY.md", "memory.MD", "", "a\u202e.md"],
)  # fmt: skip
def test_a_target_elsewhere_names_no_file(target: str) -> None:
    assert links.file_of(target) == ""


@given(st.text(min_size=1, max_size=20))
def test_a_target_names_the_file_that_it_was_made_for(stem: str) -> None:
    file = stem + ".md"
    if links.can_point(file):
        assert links.file_of(links.target_of(file)) == file
        assert links.links(f"- [x]({links.target_of(file)})")[0][3] == links.target_of(file)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("a\nb", 2),
        ("a\n<!-- b\nc", 1),
        ("a\n```\nb\n```\nc", 5),
        ("a\n```\nb", 1),
        ("<!-- x -->\n~~~\n```\n", 1),
    ],
)
def test_what_is_never_closed_hides_the_rest(text: str, end: int) -> None:
    assert links.visible(text)[1] == end


def test_a_byte_order_mark_hides_no_pointer() -> None:
    assert [p.item for p in links.pointers("\ufeff- [A](a.md)\n")] == [True]


@pytest.mark.parametrize("unit", ["[", "[a", "[a](", "[a](b", "[a](b(", "\\[", "[a\\", "[a]", "<!--", "]("])
def test_a_long_line_takes_no_longer_than_it_is_long(unit: str) -> None:
    def seconds(size: int) -> float:
        start = time.process_time()
        links.pointers("- " + unit * (size // len(unit)) + "](a.md)")
        return time.process_time() - start

    short = max(min(seconds(10_000) for _ in range(3)), 0.0005)
    assert seconds(160_000) < 100 * short, "16 times as much; what is quadratic takes 256 times"
