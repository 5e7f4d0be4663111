"""Texts as YAML that every parser reads back as the same texts: what memctl writes into a header."""

import json
import re
from collections.abc import Mapping, Sequence

_RESERVED = frozenset("null true false yes no on off y n nan inf infinity".split())
"""Words that a YAML 1.1 or 1.2 parser reads as something else than text."""

_TIMES = ("modified", "created", "expires")
"""Keys whose values are dates, for YAML too; a date anywhere else is a text, and quoted."""

_PLAIN_DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?Z)?")

Value = str | Sequence[str]
"""A metadata value that memctl writes: a text, or a list of texts (`evidence`, `anticipated`)."""


def scalar(text: str) -> str:
    """`text` as a one-line YAML scalar that YAML 1.1 and 1.2 parsers read back as the same text."""
    if _is_plain(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else _escape(ord(c)) for c in quoted)


def _is_plain(text: str) -> bool:
    return (
        text[:1].isalpha()
        and text.isprintable()
        and ": " not in text
        and " #" not in text
        and text[-1] not in ": "
        and text.lower() not in _RESERVED
    )


def _escape(unit: int) -> str:
    return f"\\u{unit:04x}" if unit <= 0xFFFF else f"\\U{unit:08x}"


def mapping(metadata: Mapping[str, Value], indent: str = "  ") -> list[str]:
    """The lines of `metadata` and of the keys below it; none when there are no keys."""
    lines = ["metadata:"]
    for key, value in metadata.items():
        lines += entry(indent, key, value)
    return lines if len(lines) > 1 else []


def entry(indent: str, key: str, value: Value) -> list[str]:
    """The YAML lines of `key`: one, or one for each item of a list below it, each begun with `indent`."""
    if isinstance(value, str):
        plain = key in _TIMES and _PLAIN_DATE.fullmatch(value)
        return [f"{indent}{key}: {value if plain else scalar(value)}"]
    return [f"{indent}{key}:", *(f"{indent}  - {scalar(item)}" for item in value)]
