"""The fields of one topic file that lists and searches need, taken from its parsed header.

On the hot path (a changed file is re-indexed here), so nothing heavier than `format.header` is imported.
"""

from memctl.domain import TYPES, relation, stem, times
from memctl.format import header


class Fields:
    """One memory without its bytes. Times are seconds since the epoch; `expires` is 0.0 for never, `since`,
    from when it is known to be there, 0.0 where neither its header nor its text says so."""

    __slots__ = (
        "anticipated", "body", "cold", "description", "expires", "file", "modified", "name", "pinned",
        "rests", "since", "superseded", "type", "warnings",
    )  # fmt: skip

    def __init__(self, file: str, mtime: float) -> None:
        self.file = file
        self.name = ""
        self.description = ""
        self.type: str | None = None
        self.modified = mtime
        self.since = 0.0
        self.expires = 0.0
        self.superseded = ""
        self.cold = False
        self.pinned = False
        self.rests = False  # on evidence that it names
        self.anticipated: list[str] = []  # queries that were written into the header
        self.warnings: list[str] = []
        self.body = ""


def read(raw: bytes, file: str, mtime: float) -> Fields:
    """Parse `raw`. `mtime` (seconds) is the age of a memory whose header has none. Never raises."""
    return of(header.read(raw), file, mtime)


def of(head: header.Head, file: str, mtime: float) -> Fields:
    """What the header `head` of `file` says; what is odd in it is added to its warnings."""
    found = Fields(file, mtime)
    keys = head.keys
    metadata = keys.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    found.name = text_of(keys.get("name"), "name", head.warnings) or stem(file).rsplit("/", 1)[-1]
    found.description = text_of(keys.get("description"), "description", head.warnings)
    if head.start >= 0 and not found.description:
        head.warnings.append("has no description, so the selector cannot judge it")
    found.type = type_of(metadata.get("type") or keys.get("type"), head.warnings)
    modified = times.parse(metadata.get("modified"))
    if modified is not None:
        found.modified = modified
    found.expires = times.end_of(metadata.get("expires"))
    found.superseded = relation.superseded_by(metadata)
    asked = metadata.get("anticipated")
    found.anticipated = [text for text in asked if isinstance(text, str)] if isinstance(asked, list) else []
    found.body = head.body
    found.cold = relation.is_cold(metadata)
    found.pinned = relation.is_pinned(metadata)
    found.rests = "evidence" in metadata
    found.since = times.parse(metadata.get("created")) or modified or times.latest_day(head.body, mtime)
    found.warnings = list(dict.fromkeys(head.warnings)) if head.warnings else []
    return found


def text_of(value: object, key: str, warnings: list[str]) -> str:
    """The value of a header key as one line; what it is instead of a text is added to `warnings`."""
    if value is None:
        return ""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        warnings.append(f"{key} is a list; its items are read as one text")
        return ", ".join(" ".join(v.split()) for v in value)
    warnings.append(f"{key} is not a text")
    return ""


def type_of(value: object, warnings: list[str]) -> str | None:
    """One of TYPES, or None; a value that is none of them is added to `warnings`."""
    if value is None or value == "":
        return None
    word = value.split("#")[0].strip().lower() if isinstance(value, str) else ""
    if word in TYPES:
        return word
    warnings.append(f"type {str(value)[:40]!r} is none of {', '.join(TYPES)}")
    return None
