"""The fields of one topic file that lists and searches need, taken from its parsed header.

On the hot path (a changed file is re-indexed here), so nothing heavier than `store.header` is imported; a
property test holds every field equal to what `store.codec.decode` gives.
"""

from memctl.store import header

TYPES = ("user", "feedback", "project", "reference")

_DAYS_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


class Fields:
    """One memory without its bytes. Times are seconds since the epoch; `expires` is 0.0 when it never does."""

    __slots__ = (
        "body",
        "description",
        "expires",
        "file",
        "modified",
        "name",
        "superseded",
        "type",
        "warnings",
    )

    def __init__(self, file: str, mtime: float) -> None:
        self.file = file
        self.name = ""
        self.description = ""
        self.type: str | None = None
        self.modified = mtime
        self.expires = 0.0
        self.superseded = ""
        self.warnings: list[str] = []
        self.body = ""


def read(raw: bytes, file: str, mtime: float) -> Fields:
    """Parse `raw`. `mtime` (seconds) is the age of a memory whose header has none. Never raises."""
    head = header.read(raw)
    keys = head.keys
    found = Fields(file, mtime)
    found.warnings = head.warnings
    metadata = keys.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    found.name = _text(keys.get("name"), "name", head.warnings) or _stem(file)
    found.description = _text(keys.get("description"), "description", head.warnings)
    if head.start >= 0 and not found.description:
        head.warnings.append("has no description, so the selector cannot judge it")
    found.type = _type(metadata.get("type") or keys.get("type"), head.warnings)
    modified = epoch(metadata.get("modified"))
    if modified is not None:
        found.modified = modified
    found.expires = epoch(metadata.get("expires")) or 0.0
    superseded = metadata.get("supersededBy")
    found.superseded = superseded.strip() if isinstance(superseded, str) else ""
    found.body = head.body
    found.warnings = list(dict.fromkeys(head.warnings))
    return found


def _stem(file: str) -> str:
    return (file[:-3] if file[-3:].lower() == ".md" else file).rsplit("/", 1)[-1]


def _text(value: object, key: str, warnings: list[str]) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        warnings.append(f"{key} is a list; its items are read as one text")
        return ", ".join(" ".join(v.split()) for v in value)
    warnings.append(f"{key} is not a text")
    return ""


def _type(value: object, warnings: list[str]) -> str | None:
    if value is None or value == "":
        return None
    word = value.split("#")[0].strip().lower() if isinstance(value, str) else ""
    if word in TYPES:
        return word
    warnings.append(f"type {str(value)[:40]!r} is none of {', '.join(TYPES)}")
    return None


def epoch(text: object) -> float | None:
    """Seconds since the epoch of an ISO date or date-time; None when it is neither. No zone means UTC."""
    if not isinstance(text, str):
        return None
    text = text.strip()
    known = _plain_epoch(text)
    if known is not None or not text:
        return known
    from memctl.store.codec import parse_time  # datetime costs as much as all the rest

    return parse_time(text)


def _plain_epoch(text: str) -> float | None:
    """The forms that Claude Code and memctl write: `2026-11-20` and `2026-11-20T02:31:58[.282]Z`."""
    if not text.isascii() or text[4:5] != "-" or text[7:8] != "-":
        return None
    digits = (text[:4], text[5:7], text[8:10])
    clock = ("0", "0", "0", "0")
    if len(text) > 10:
        if text[10] != "T" or text[-1] != "Z" or text[13:14] != ":" or text[16:17] != ":":
            return None
        fraction = text[20:-1] if text[19:20] == "." else text[19:-1] or "0"
        clock = (text[11:13], text[14:16], text[17:19], fraction)
    if not all(part.isdigit() for part in (*digits, *clock)) or len(clock[3]) not in (1, 3, 6):
        return None
    year, month, day = map(int, digits)
    hour, minute, second = map(int, clock[:3])
    if not (1 <= year and 1 <= month <= 12 and 1 <= day <= 28) or hour > 23 or minute > 59 or second > 59:
        return None  # a 29th to 31st, or nonsense: datetime knows
    leap_years = year - (month < 3)
    days = (
        365 * (year - 1970)
        + (leap_years // 4 - leap_years // 100 + leap_years // 400)
        - (1969 // 4 - 1969 // 100 + 1969 // 400)
        + _DAYS_BEFORE_MONTH[month - 1]
        + day
        - 1
    )
    seconds = days * 86400 + hour * 3600 + minute * 60 + second
    return (seconds * 10**6 + int(clock[3].ljust(6, "0"))) / 10**6
