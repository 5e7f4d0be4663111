"""A text on one line: for a list, a pointer, a note, or before a model.

flat("a\\n b")           "a b"       what it says, nothing else changed
visible(text)           flat, and what hides or steers made visible: for a reader
harmless(text)          visible, and without what a client or a model takes for structure: as data
cut(text, most)         flat, and no longer than that: whole words and an ellipsis
"""

from memctl.text.escape import escape
from memctl.text.fence import disarm


def flat(text: str) -> str:
    """`text` with every run of blanks and line ends made one blank, none at its ends."""
    return " ".join(text.split())


def visible(text: str) -> str:
    """`text` on one line, with what hides or steers made visible."""
    return escape(flat(text))


def harmless(text: str) -> str:
    """`text` on one line as data: nothing in it hides, steers or marks who is speaking."""
    return disarm(visible(text))


def cut(text: str, most: int) -> str:
    """At most `most` characters of `text` on one line, and an ellipsis where that is not all; cut at a blank
    where one stands in the second half."""
    text = flat(text)
    if len(text) <= most:
        return text
    blank = text.rfind(" ", most // 2, most)
    return text[: blank if blank > 0 else most] + "…"
