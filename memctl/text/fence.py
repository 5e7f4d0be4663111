"""The fence around what memctl puts into a session, and its removal from what a session recorded.

A fence opens and closes with the same random nonce, so that text inside a memory cannot close it. On the
hot path: imports nothing.
"""

TAG = "memctl-memory"

_ESCAPED = "&lt;"
_LESS = "<\uff1c\ufe64"  # less-than, and its full-width and small forms
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

    Tags that mark a speaker or an injected block lose their `<`; a `Human:` and an `@import` at the start of
    a line get a backslash. The wording stays readable; other markup and code stay as they are.
    """
    for mark in _LESS:
        at = text.find(mark)
        while at >= 0:
            if _is_loud(text, at):
                text = text[:at] + _ESCAPED + text[at + 1 :]
            at = text.find(mark, at + 1)
    if "@" in text or ":" in text:
        text = "\n".join(_line(line) for line in text.split("\n"))
    return text


def _is_loud(text: str, at: int) -> bool:
    """Whether the `<` at `at` opens a tag that could be taken for a client's or a model's own."""
    rest = text[at + 1 : at + 80].lstrip(" /\\\t")
    if rest[:1] in ("|", "<"):
        return True  # <|im_start|>, <<SYS>>
    name = ""
    for char in rest:
        if char.isspace() or char in ">\uff1e/\"'=":
            break
        name += char
    name = name.lower()
    return name[:1].isalpha() and ("-" in name or "_" in name or ":" in name or any(w in name for w in _LOUD))


def _line(line: str) -> str:
    bare = line.lstrip(" \t\r>*#")
    if bare[:1] == "@":
        at = len(line) - len(bare)
        return line[:at] + "\\" + line[at:]
    word, colon, _ = bare[:12].partition(":")
    if colon and word[:1].isupper() and word.rstrip("* ").lower() in _SPEAKERS:
        at = line.index(":")
        return line[:at] + "\\" + line[at:]
    return line
