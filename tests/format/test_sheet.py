from hypothesis import given, settings
from hypothesis import strategies as st

from memctl.format.sheet import CLOSE, COMMENT, Block, Problem, parsed, printed, with_problems
from memctl.text.escape import escape

HOSTILE = st.sampled_from([
    "=== end", "=== 4f2a9c1b77 create tabs", "===", "=== ", "#~", "#~ said", "\\#~", "\\\\=== end", "\\u{202E}", "\\\\u{41}", "\\",
    "\x1b[2J", "\u202e", "\u200b", "\r\n", "\r", "\n", "\n\n", "---", "```", "~~~", "name: x", "type: user", "# Title",
    "\u2028", "\x85", "\x0c", "\ufeff", "\u200d", "👩‍💻", "x" * 9_000, "  ", "\t", "u{", "{41}", "\U000e0041", "\x00", "日本",
])  # fmt: skip
TEXT = st.lists(HOSTILE | st.text(max_size=5), max_size=9).map("".join)
LINE = TEXT.map(lambda text: text.replace("\n", " ").rstrip(" "))
BLOCK = st.builds(
    lambda mark, line, type_, body, comments: Block(
        mark, {"name": line, "type": type_, "description": line[::-1].rstrip(" ")}, body, line, comments
    ),
    st.text("0123456789abcdef", min_size=10, max_size=32), LINE, LINE, TEXT, st.lists(LINE, max_size=3),
)  # fmt: skip


@settings(max_examples=40)
@given(
    st.lists(
        BLOCK | st.builds(lambda mark, title: Block(mark, {}, "", title), st.just("ab12"), LINE), max_size=4
    ),
    st.lists(LINE, max_size=2),
)
def test_what_is_printed_is_read_as_it_was_whatever_it_holds(blocks: list[Block], head: list[str]) -> None:
    text = printed(blocks, head)
    assert parsed(text) == (blocks, [])
    assert parsed("\ufeff" + text.replace("\n", "\r\n")) == (blocks, []), "an editor of Windows"
    assert escape(text, keep="\n\t") == text, "nothing hides in it"
    assert parsed(with_problems(with_problems(text, [Problem(1, "a"), Problem(2, "b")]), [])) == (blocks, [])


def test_a_text_that_is_damaged_is_named_by_its_line() -> None:
    block = Block("4f2a", {"name": "a", "type": "user"}, "One.\n")
    text = printed([block, Block("5b3c", {"name": "b", "type": "user"}, "Two.\n")])
    lines = text.split("\n")
    assert parsed(text.replace(CLOSE, "", 1))[1] == [Problem(2, f"this block has no `{CLOSE}`")]
    assert parsed("\n".join(lines[2:]))[1][0] == Problem(1, "this stands in no block")
    assert parsed(text.replace("type: user", "types", 1))[1][0].line == 4
    assert parsed(text.replace("type: user", "name: c", 1))[1][0].line == 4
    again = with_problems(text, [Problem(4, "so")])
    assert again.split("\n")[0] == f"{COMMENT} ! line 5: so"
    assert again.split("\n")[4] == "type: user", "where it is said to stand"
    assert with_problems(again, [Problem(5, "so")]) == again


def test_what_a_person_writes_is_content_unless_it_is_a_comment() -> None:
    text = "=== 4f2a\n#~ gone\nname:a\ntype: user \n\n# Title\n\\#~ kept\n#~ gone\n\\n \\u{zz} \\u{41}\n===\n=== end  \n"
    assert parsed(text) == (
        [Block("4f2a", {"name": "a", "type": "user "}, "# Title\n#~ kept\n\\n \\u{zz} A\n===")],
        [],
    )
