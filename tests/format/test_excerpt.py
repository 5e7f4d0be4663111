"""A pointer says what the memory says: the whole of its description, or its beginning and an ellipsis."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from memctl.format import excerpt, index, links
from memctl.text.oneline import visible

READ = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)|\\([!-/:-@\[-`{-~])")
"""Code, in which nothing is escaped, or an escaped character (CommonMark 0.31, 2.4 and 6.1)."""


def read(markdown: str) -> str:
    """The characters that a reader of Markdown sees, marks of emphasis and code included."""
    return READ.sub(lambda match: match[2] or match[0], markdown)


words = st.sampled_from(
    ["a", "use", "not", "10", "000", "`x[0]`", "`", "``b` c``", "[x](y.md)", "\\[", "\\d+\\.", "C:\\", "<!--", "-->",
     '["orders"]', "，", "测试。", "can't", "-", "…", "\u202e", "`<!--`", "\\`", "![i]", "8080,"]
)  # fmt: skip


@given(st.lists(words, max_size=30), st.sampled_from([" ", ""]), st.text("ab[]\\`<!-", max_size=20))
@example(['["orders"'] * 12, " ", "T")
def test_what_the_index_says_is_the_description_or_its_beginning(
    said: list[str], gap: str, title: str
) -> None:
    description = gap.join(said)
    line = links.pointer_line("a.md", title, description)
    (pointer,) = index.pointers(line + "\n- [Next](next.md)\n")[:-1]
    assert read(pointer.title) == visible(title)
    shown = read(line.partition("](a.md) — ")[2])
    whole = visible(description)
    assert shown in ("", whole) or (shown.endswith("…") and whole.startswith(shown[:-1]))
    if shown not in ("", whole):
        assert not re.search(r"\d$", shown[:-1])
        assert len(links.pointer_line("a.md", title, whole)) <= links.POINTER_MAX


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("keep the order of the keys, it can't change", "keep the order of the keys, it…"),
        ("a cache of the answers holds 10 000 entries", "a cache of the answers holds…"),
        ("a limit for the payload is 1,500,000 bytes", "a limit for the payload is…"),
        ("never run it as it is: `rm -rf build dist`", "never run it as it is…"),
        ("`rm -rf build dist out node_modules target`", ""),
        ("用于生产环境的服务器不允许，" * 3, "用于生产环境的服务器不允许，用于生产环境的服务器不允许，…"),
        ("https://example.org/a/very/long/address/of/a/page", ""),
        ("port 8080, and another one for the metrics", "port 8080, and another one for…"),
    ],
)
def test_a_description_is_cut_where_its_meaning_stays(text: str, shown: str) -> None:
    assert excerpt.beginning(text, 34) == shown


def test_a_new_summary_leaves_the_title_and_the_target_as_they_were_written() -> None:
    text = "- [C:\\\\x \\[y\\]](./a.md) — old\n"
    assert index.upsert(text, "a.md", "other", "new") == text.replace("old", "new")


@pytest.mark.parametrize("line", ['- [A (b)](a.md) — the ("orders") table', "- [Use `x](a.md) — and `y` too"])
def test_pointers_in_the_older_form_are_read_and_are_no_drift(line: str) -> None:
    from memctl.format import drift

    assert drift.check(line + "\n", ["a.md"]) == []
