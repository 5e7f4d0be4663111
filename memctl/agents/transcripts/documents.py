"""The items of one list inside a large JSON document, without holding the document."""

import json
import re
from collections.abc import Iterator
from typing import IO, Any

from memctl.agents.transcripts.lines import LINE_MAX

_READ = 1 << 18


def items(handle: IO[bytes], key: str) -> Iterator[dict[str, Any]]:
    """The objects of the first list under `key`; a damaged or cut document gives what stands before that.

    An object larger than LINE_MAX ends the reading: where it ends cannot be told without holding it.
    """
    buffer = _after_key(handle, key)
    decoder = json.JSONDecoder()
    wanted = _READ
    while True:
        buffer = buffer.lstrip(" \t\r\n,")
        if buffer.startswith("]"):
            return
        value: object = None
        try:
            value, end = decoder.raw_decode(buffer) if buffer else (None, -1)
        except (ValueError, RecursionError):
            end = -1
        if end < 0:
            more = handle.read(wanted)
            if not more or len(buffer) > LINE_MAX:
                return
            buffer += more.decode("utf-8", "replace")
            wanted = min(2 * wanted, LINE_MAX)  # a long object is not tried again for every small piece
            continue
        buffer, wanted = buffer[end:], _READ
        if isinstance(value, dict):
            yield value


def _after_key(handle: IO[bytes], key: str) -> str:
    """What was read behind the `[` that opens the list of `key`."""
    opening = re.compile(r'"' + re.escape(key) + r'"\s*:\s*\[')
    text = ""
    while more := handle.read(_READ):
        text += more.decode("utf-8", "replace")
        found = opening.search(text)
        if found:
            return text[found.end() :]
        text = text[-200:]
    return ""
