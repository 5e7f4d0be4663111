"""A part of a text without secrets. A secret is looked for beyond the borders of the part: what begins before
it or ends after it is taken out as well, since half a key is told by nothing any more."""

from memctl.services.guard.secrets import find

SHORT = 4_000
"""Characters beyond a border that are looked at: a token, or a line with one."""

LONG = 40_000
"""Likewise where a block with a key stands nearby: the longest that is known for one."""

_BLOCK = "PRIVATE KEY"


def part(text: str, start: int, end: int) -> str:
    """`text[start:end]` with `[secret: rule-id]` in the place of what belongs to a secret. The cost is that
    of the part and what is looked at beyond it, however long `text` is."""
    start, end = max(0, start), min(len(text), end)
    near = text[max(0, start - LONG) : end + LONG]
    beyond = LONG if _BLOCK in near else SHORT
    first = max(0, start - beyond)
    parts, done = [], start
    for secret in find(text[first : end + beyond]):
        begins, ends = first + secret.start, first + secret.end
        if ends > done and begins < end:
            parts += [text[done : max(begins, done)], f"[secret: {secret.rule}]"]
            done = ends
    return "".join([*parts, text[done:end]])


def beginning(text: str, most: int) -> str:
    """At most the first `most` characters."""
    return part(text, 0, most)[:most]


def ending(text: str, most: int) -> str:
    """At most the last `most` characters."""
    return part(text, len(text) - most, len(text))[-most:]
