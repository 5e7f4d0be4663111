"""Links between memories: what is one follows a memory to its new name, what stands in code does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from memctl.format import index, mentions, verbatim
from tests.kit.topics import topic

LINES = [
    "", "text", "X", "    X", "   X", "      X", "\tX", "- X", "-   X", "  - X", "1. X", "> X", ">     X", "> - X",
    "```", "~~~", "````", "  ```", "    ```", "- ```", "> ```", "# X", "---", "- - X", "-", "    - X", "<!-- X",
    "X -->", "<!-- X -->", "* * *", "===", "``` a", "-      X",
]  # fmt: skip


@given(st.lists(st.sampled_from(LINES), max_size=9))
def test_code_is_what_a_markdown_parser_takes_for_it(lines: list[str]) -> None:
    text = "\n".join(line.replace("X", f"x{n}q") for n, line in enumerate(lines))
    tokens = MarkdownIt("commonmark").disable(["reference"]).parse(text)
    code = "".join(token.content for token in tokens if token.type in ("fence", "code_block"))
    ours = "".join(text[start:stop] for start, stop in verbatim.Blocks(text).code)
    assert [f"x{n}q" in ours for n in range(9)] == [f"x{n}q" in code for n in range(9)]


@pytest.mark.parametrize(
    "text",
    [
        "```toml\n[[bin]]\n```\n",
        "````\n```\n[[bin]]\n```\n[[bin]]\n````\n",
        "> ~~~\n> [[bin]]\n",
        "- item\n\n  ```\n  [[bin]]\n  ```\n",
        "Cargo:\n\n    [[bin]]\n",
        "\t[[bin]]\n",
        "the table `[[bin]]` and ``a ` [x](bin.md)``\n",
        "over `two\nlines [[bin]]` of it\n",
        "<!-- [[bin]] and\n\n[x](bin.md) -->\n",
        "see <!-- [[bin]] --> there\n",
        "\\[[bin]] \\[x](bin.md) [[bin]\n",
        "[[bin-two]] [x](bin2.md) [x](https://x.org/bin.md) [x](f/bin.md)\n",
    ],
)
def test_what_is_no_link_keeps_its_bytes(text: str) -> None:
    raw = topic("n", body=text).encode()
    assert mentions.Renamed("bin.md", "tool.md", "tool").followed(raw, "") == raw
    assert [name for _, name in mentions.found(raw.decode()) if name == "bin"] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[[bin]] and [[bin|the tool]], [[ bin ]]", "[[tool]] and [[tool|the tool]], [[tool]]"),
        ("- a\n    - [[bin#part]]\n", "- a\n    - [[tool#part]]\n"),
        ("`code` [[bin]] `x", "`code` [[tool]] `x"),
        ("> see [the one](bin.md#part)\n", "> see [the one](tool.md#part)\n"),
        ('[a](./bin.md) [b](<bin.md>) [c](bin.md "t")', '[a](./tool.md) [b](<tool.md>) [c](tool.md "t")'),
        ("text\n    [[bin]] goes on\n", "text\n    [[tool]] goes on\n"),
        ("\\`[[bin]]\\`\r\n", "\\`[[tool]]\\`\r\n"),
    ],
)
def test_a_link_follows_and_nothing_else_changes(old: str, new: str) -> None:
    raw = topic("n", '"see [[bin]]" # not in `[[bin]]`', body=old)
    expected = topic("n", '"see [[tool]]" # not in `[[bin]]`', body=new)
    assert mentions.Renamed("bin.md", "tool.md", "tool").followed(raw.encode(), "").decode() == expected


def test_a_link_from_another_folder_follows() -> None:
    renamed = mentions.Renamed("a/bin.md", "b/my tool.md", "my tool")
    text = b"[x](../a/bin.md) [y](bin.md) [[a/bin]]"
    assert renamed.followed(text, "c") == b"[x](../b/my%20tool.md) [y](bin.md) [[my tool]]"
    assert renamed.followed(b"[y](bin.md)", "a") == b"[y](../b/my%20tool.md)"


def test_in_the_index_too_only_links_follow() -> None:
    text = (
        "- [Bin](bin.md) — `[Bin](bin.md)` <!-- [Bin](bin.md) -->\n\n# Code\n\n    - [Bin](bin.md)\n\n"
        "````\n```\n[Bin](bin.md)\n```\n````\n* `[Bin](bin.md)`\n"
    )
    new = index.rename(text, "bin.md", "tool.md", "tool")
    assert new == text.replace("- [Bin](bin.md) —", "- [Tool](tool.md) —")
    assert [p.line for p in index.pointers(new)] == [1]


@pytest.mark.parametrize(
    ("old", "new", "text", "carried"),
    [
        ("a.md", "x/a.md", "[b](b.md) [b](./b.md#y) ![p](pic.png)", "[b](../b.md) [b](../b.md#y) ![p](../pic.png)"),
        ("a.md", "x/a.md", "[code](src/main.py) [w](https://e.com/b.md)", "[code](src/main.py) [w](https://e.com/b.md)"),
        ("a.md", "x/y/c.md", "[me](a.md) `[b](b.md)`", "[me](c.md) `[b](b.md)`"),
        ("x/a.md", "a.md", "[b](../b.md) [c](c.md)", "[b](b.md) [c](x/c.md)"),
        ("a.md", "c.md", "[b](b.md) [b](./b.md)", "[b](b.md) [b](./b.md)"),
    ],
)  # fmt: skip
def test_the_links_of_a_memory_lead_from_its_new_folder_where_they_led(
    old: str, new: str, text: str, carried: str
) -> None:
    held = {"b.md", "pic.png", "x/c.md"}
    renamed = mentions.Renamed(old, new, new.rpartition("/")[2].removesuffix(".md"))
    assert renamed.carried(text.encode(), held.__contains__).decode() == carried
