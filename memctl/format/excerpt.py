"""What a pointer of the index says of a memory: its title, and its description or the beginning of it.

Both are read back, by a reader of Markdown, as the very words of the memory: nothing is put in the place of
another character, brackets are escaped so that they make no link, and a description that is too long ends
after a whole word with an ellipsis, not in code and not at a number, which might go on.
"""

from memctl.format import verbatim
from memctl.text.oneline import visible

_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
"""What a backslash escapes (CommonMark 0.31, 2.4)."""

_STOPS = frozenset("。、，；：！？）」』】")
"""What ends a clause in scripts that set no blanks between words."""


def label(title: str) -> str:
    """`title` as it stands between the brackets of a link."""
    escaped = "".join("\\" + char if char in "\\[]`" else char for char in visible(title))
    return escaped.replace("<!--", "<\\!--")


def beginning(text: str, room: int) -> str:
    """`text` as Markdown of at most `room` characters: all of it, or whole words and an ellipsis, or ""."""
    text = visible(text)
    if len(text) <= room and not any(char in text for char in "\\[]`<"):
        return text
    code = _code(text)
    written = _written(text[: room + 1], code)
    if sum(map(len, written)) <= room:
        return "".join(written)
    used = cut = 0
    for at, piece in enumerate(written):
        if used >= room:
            break
        while code and code[0][1] <= at:
            code = code[1:]
        if _may_end(text, at) and not (code and code[0][0] < at):
            cut = at
        used += len(piece)
    kept = text[:cut].rstrip(" ,;:—-")
    kept = text[:cut] if kept[-1:].isdigit() else kept
    return "".join(written[: len(kept)]) + "…" if kept else ""


def _may_end(text: str, at: int) -> bool:
    """Whether what stands before `at` may be shown without the rest."""
    if at == 0 or text[at - 1].isdigit():
        return False
    return text[at] == " " or text[at - 1] in _STOPS


def _code(text: str) -> list[verbatim.Span]:
    """The code in a line of which every backslash is meant; none in which a comment would begin."""
    spans = verbatim.inline(text.replace("\\", "/").replace("<!--", "<!.."), 0, len(text))
    return [(start, stop) for start, stop in spans if "<!--" not in text[start:stop]]


def _written(text: str, code: list[verbatim.Span]) -> list[str]:
    """Each character of `text` as it is written: escaped where Markdown would take it for something else.

    So is the parenthesis behind a bracket, for readers of the index that know only that of a link.
    """
    written = list(text)
    inside = {at for start, stop in code for at in range(start, stop)}
    for at, char in enumerate(text):
        if at in inside:
            continue
        if (
            char in "[`"
            or (char == "(" and text[at - 1 : at] == "]")
            or (char == "\\" and text[at + 1 : at + 2] in _PUNCTUATION)
        ):
            written[at] = "\\" + char
        elif char == "!" and text[at - 1 : at + 3] == "<!--":
            written[at] = "\\!"
    return written
