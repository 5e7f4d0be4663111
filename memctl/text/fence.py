"""The fence around what memctl puts into a session, and its removal from what a session recorded.

A fence opens and closes with the same random nonce, so that text inside a memory cannot close it. On the
hot path: imports nothing until a tag in other letters than ASCII has to be read.
"""

TAG = "memctl-memory"

_ESCAPED = "&lt;"
_LESS = "<\uff1c\ufe64\u02c2\u1438\u16b2\u2039\u276e\u2329\u27e8\u3008\U0001d236"
"""Less-than and what looks like it: its class in Unicode's confusables.txt, and the angle brackets."""

_COLONS = ":\uff1a\ufe13\ufe55\u02d0\u0589\u05c3\u2236\ua789"
"""The colon and what looks like it: its class in Unicode's confusables.txt, less rare scripts."""

_TAG_MAX = 80
"""Characters after a bracket in which the name of a tag is looked for."""

_SPEAKERS = ("human", "assistant", "system", "user", "tool")
_LOUD = (
    "system", "reminder", "human", "user", "assistant", "instruction", "memctl", "memory", "hook", "tool",
    "function", "antml", "result", "context", "prompt", "output", "command", "thinking", "environment",
    "invoke", "parameter",
)  # fmt: skip
"""Words in the names of tags by which clients and models mark who is speaking."""


def opening(nonce: str) -> str:
    """The first line of a fenced block."""
    return f'<{TAG} nonce="{nonce}">'


def closing(nonce: str) -> str:
    """The last line of a fenced block."""
    return f'</{TAG} nonce="{nonce}">'


def strip(text: str) -> str:
    """`text` without the blocks that memctl fenced. An opening line without its closing line stays."""
    mark = f'<{TAG} nonce="'
    parts: list[str] = []
    missing: set[str] = set()  # nonces that no later line closes: looked for once
    kept = 0
    start = text.find(mark)
    while start >= 0:
        quote = start + len(mark)
        nonce = text[quote : text.find('"', quote, quote + 65)]
        end = text.find(closing(nonce), quote) if nonce.isalnum() and nonce not in missing else -1
        if end >= 0:
            parts.append(text[kept:start])
            kept = quote = end + len(closing(nonce))
        else:
            missing.add(nonce)
        start = text.find(mark, quote)
    return "".join([*parts, text[kept:]])


def disarm(text: str) -> str:
    """`text` with what a client or model could take for structure made plain.

    Tags that mark a speaker or an injected block lose their `<`, also when they are written in letters that
    look like others or are broken over lines; a `Human:` and an `@import` at the start of a line get a
    backslash. The wording stays readable; other markup and code stay as they are.
    """
    marks = [mark for mark in (_LESS if not text.isascii() else "<") if mark in text]
    if marks:
        text = _without_tags(text, marks)
    if "@" in text or any(colon in text for colon in _COLONS):
        text = "\n".join(_line(line) for line in text.split("\n"))
    return text


def _without_tags(text: str, marks: list[str]) -> str:
    parts: list[str] = []
    kept = 0
    for at in _places(text, marks):
        if _is_loud(text[at + 1 : at + 1 + _TAG_MAX]):
            parts += (text[kept:at], _ESCAPED)
            kept = at + 1
    return "".join([*parts, text[kept:]])


def _places(text: str, marks: list[str]) -> list[int]:
    """Where any of `marks` stands in `text`, in order."""
    found: list[int] = []
    for mark in marks:
        at = text.find(mark)
        while at >= 0:
            found.append(at)
            at = text.find(mark, at + 1)
    return sorted(found)


def _is_loud(rest: str) -> bool:
    """Whether a `<` before `rest` opens a tag that could be taken for a client's or a model's own."""
    rest = rest.lstrip(" /\\\t\r\n\uff0f\u2215\u2044")
    if rest[:1] in ("|", "\uff5c") or rest[:1] in _LESS:
        return rest != ""  # <|im_start|>, <<SYS>>
    names = [_name(rest)]
    if "\n" in rest:  # a tag may go on in the next line
        names.append(_name("".join(part.strip() for part in rest.split("\n"))))
    return any(_names_a_speaker(name) for name in names)


def _name(rest: str) -> str:
    for end, char in enumerate(rest):
        if char.isspace() or char in ">\uff1e\u203a/\"'=":
            return rest[:end]
    return rest


def _names_a_speaker(name: str) -> bool:
    if not name.isascii():
        name = _seen_as(name)
    name = name.lower()
    if not (name[:1].isalpha() or name[:1] == _ANY):
        return False
    _, colon, local = name.partition(":")
    if "-" in name or "_" in name or (colon and local[:1].isascii() and local[:1].isalpha()):
        return True
    if _ANY not in name:
        return any(word in name for word in _LOUD)
    return any(_like(name[at : at + len(word)], word) for word in _LOUD for at in range(len(name)))


_ANY = "\ufffd"
"""A letter of another alphabet, which may have been chosen because it looks like one of ours."""


def _seen_as(name: str) -> str:
    """`name` as it looks: compatibility forms and accents undone, each other letter as `_ANY`.

    A name without any ASCII letter is of another language, not a disguise, and stays.
    """
    from unicodedata import combining, normalize

    plain = "".join(char for char in normalize("NFKD", name) if not combining(char))
    if not any(char.isascii() and char.isalpha() for char in plain):
        return name
    return "".join(char if char.isascii() else _ANY for char in plain)


def _like(part: str, word: str) -> bool:
    """Whether `part` can be read as `word`: with some letter of its own where another alphabet stands in."""
    return (
        len(part) == len(word)
        and all(a in (b, _ANY) for a, b in zip(part, word, strict=True))
        and any(a == b for a, b in zip(part, word, strict=True))
    )


def _line(line: str) -> str:
    bare = line.lstrip(" \t\r>*#")
    if bare[:1] == "@":
        at = len(line) - len(bare)
        return line[:at] + "\\" + line[at:]
    at = min((found for colon in _COLONS if (found := bare.find(colon, 0, 12)) >= 0), default=-1)
    word = bare[: max(at, 0)].rstrip("* ")
    if word[:1].isupper() and _is_speaker(word):
        at += len(line) - len(bare)
        return line[:at] + "\\" + line[at:]
    return line


def _is_speaker(word: str) -> bool:
    if word.isascii():
        return word.lower() in _SPEAKERS
    seen = _seen_as(word).lower()
    return any(_like(seen, speaker) for speaker in _SPEAKERS)
