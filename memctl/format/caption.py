"""What a memory is shown by where a list shows one line of it: its description, or what stands in for one.

A description that is missing, or says no more than the name of the file, leaves a selector blind ("PR" is
what YAML leaves of `PR #12 …`). Then the words of its pointer, its first heading and its first sentence are
shown. The file keeps what it says, and so does what the memory is filed under by content.

On the hot path (a changed file is indexed here): imports nothing but hot modules.
"""

from memctl.domain import TELLING
from memctl.text.words import STOP, query_words

CAPTION_MAX = 240
"""Characters of what stands in for a description: a heading and a sentence of usual length."""

OPENING_MAX = 4_096
"""Characters of a body in which its first heading and sentence are looked for."""

STATEMENT = 3
"""Words that mean something from which a description is a statement: then the name was made from it."""

_ENDS = ("。", "！", "？", ". ", "! ", "? ")


def says_nothing(description: str, stem: str) -> bool:
    """Whether `description` says nothing: a single word, or a phrase that says what the file is called, with
    neither a word that means something nor two that do not ("Where lunch is from") beyond its `stem`."""
    if len(description) >= TELLING or _is_statement(description):
        return False
    said = _words(description)
    beyond = said - _words(stem)
    repeats = len(beyond) < 2 and beyond <= STOP and len(said - STOP) < STATEMENT
    return len(said) < 2 or repeats


def _is_statement(description: str) -> bool:
    """What `says_nothing` finds too, at a twentieth of the cost: nearly every description is one."""
    plain = {word for word in description.lower().split() if word.isalpha() and word not in STOP}
    return len(plain) >= STATEMENT


def caption(description: str, stem: str, body: str, pointer: str = "") -> str:
    """The line by which a memory is shown; `pointer` are the words with which the index points at it."""
    if not says_nothing(description, stem):
        return description
    own = " ".join(pointer.replace("]( )", " ").replace("[", "").strip(" -*+—–:|").split())
    if description and own.endswith(f"— {description}") and _words(own[: -len(description)]) <= _words(stem):
        own = ""  # made from the header, which says it itself
    parts = [own] if not says_nothing(own, stem) else []
    parts += [text for text in opening(body) if text and text not in own]
    if description and not any(description in part for part in parts):
        parts.insert(0, description)
    text = " — ".join(parts)
    return text if len(text) <= CAPTION_MAX else text[: CAPTION_MAX - 1].rpartition(" ")[0] + "…"


def opening(body: str) -> tuple[str, str]:
    """The first heading of a body, if it comes before its text, and the first sentence; "" for what is not
    there. Comments and code are passed over."""
    heading, in_code = "", False
    for line in _without_comments(body[:OPENING_MAX]).split("\n"):
        plain = line.strip()
        if plain.startswith(("```", "~~~")):
            in_code = not in_code
        elif in_code or not any(char.isalnum() for char in plain):
            continue
        elif not plain.startswith("#"):
            return heading, _sentence(plain.lstrip(">-*+ ").replace("**", "").replace("`", ""))
        elif not heading:
            heading = plain.strip("# ")
    return heading, ""


def _sentence(line: str) -> str:
    cut = min((at + len(end.strip()) for end in _ENDS if (at := line.find(end)) > 0), default=len(line))
    return line[:cut]


def _without_comments(text: str) -> str:
    while (start := text.find("<!--")) >= 0:
        end = text.find("-->", start)
        text = text[:start] + (text[end + 3 :] if end >= 0 else "")
    return text


def _words(text: str) -> set[str]:
    """The words of `text`, without bare numbers."""
    return {word for word, part in query_words(text) if not part and not word.isdigit()}
