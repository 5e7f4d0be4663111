"""The fields of one topic file that lists and searches need, taken from its parsed header.

On the hot path (a changed file is re-indexed here), so nothing heavier than `format.header` is imported; a
property test holds every field equal to what `format.topic.decode` gives.
"""

from memctl.format import header

TYPES = ("user", "feedback", "project", "reference")

_DAYS_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


class Fields:
    """One memory without its bytes. Times are seconds since the epoch; `expires` is 0.0 for never."""

    __slots__ = (
        "anticipated",
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
        self.anticipated: list[str] = []  # queries that were written into the header
        self.warnings: list[str] = []
        self.body = ""


def read(raw: bytes, file: str, mtime: float) -> Fields:
    """Parse `raw`. `mtime` (seconds) is the age of a memory whose header has none. Never raises."""
    found = Fields(file, mtime)
    if _read_plain(raw, found):
        return found
    head = header.read(raw)
    keys = head.keys
    found.warnings = head.warnings
    metadata = keys.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    found.name = text_of(keys.get("name"), "name", head.warnings) or _stem(file)
    found.description = text_of(keys.get("description"), "description", head.warnings)
    if head.start >= 0 and not found.description:
        head.warnings.append("has no description, so the selector cannot judge it")
    found.type = type_of(metadata.get("type") or keys.get("type"), head.warnings)
    modified = epoch(metadata.get("modified"))
    if modified is not None:
        found.modified = modified
    found.expires = end_of(metadata.get("expires")) or 0.0
    superseded = metadata.get("supersededBy")
    found.superseded = superseded.strip() if isinstance(superseded, str) else ""
    asked = metadata.get("anticipated")
    found.anticipated = [text for text in asked if isinstance(text, str)] if isinstance(asked, list) else []
    found.body = head.body
    found.warnings = list(dict.fromkeys(head.warnings))
    return found


_PLAIN_KEYS = frozenset(
    "name|description|type|originSessionId|  type|  node_type|  modified|  created|  originSessionId|  origin"
    "|  expires|  supersededBy|  supersedes|  pinned".split("|")
)
_NOT_PLAIN = frozenset("'|>[{&*!%@`#")


def _read_plain(raw: bytes, found: Fields) -> bool:
    """Fill `found` from a file in exactly the form that Claude Code and memctl write; False for any other.

    A third of the cost of the lenient reader, which matters when ten thousand files are indexed at once.
    """
    end = raw.find(b"\n---\n", 3)
    if raw[:4] != b"---\n" or end < 0 or end > header.HEAD_MAX or b"\0" in raw or b"\r" in raw[:end]:
        return False
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return False
    close = end if text.isascii() else text.find("\n---\n", 3)
    keys = _plain_keys(text[4:close])
    if keys is None or not keys.get("description"):
        return False
    kind = keys.get("  type") or keys.get("type")
    if kind is not None and kind not in TYPES:
        return False
    return _fill_plain(found, keys, kind, text[close + 5 :])


def _plain_keys(inner: str) -> "dict[str, str] | None":
    """The keys of a plain header, indented ones with their two blanks; None when it is not plain."""
    keys: dict[str, str] = {}
    in_metadata = False
    for line in inner.split("\n"):
        key, colon, value = line.partition(": ")
        value = value.strip()
        if line in ("metadata:", "metadata: "):
            key = "metadata"
        elif not colon or key not in _PLAIN_KEYS or not value or value[0] in _NOT_PLAIN or "  # " in value:
            return None
        elif value[0] == '"':
            if len(value) < 2 or value.find('"', 1) != len(value) - 1 or "\\" in value:
                return None
            value = value[1:-1]
        if key in keys or (key[0] == " " and not in_metadata):
            return None
        in_metadata = key[0] == " " or key == "metadata"
        keys[key] = value
    return keys


def _fill_plain(found: Fields, keys: dict[str, str], kind: "str | None", body: str) -> bool:
    modified = epoch(keys.get("  modified"))
    if modified is not None:
        found.modified = modified
    found.name = " ".join(keys.get("name", "").split()) or _stem(found.file)
    found.description = " ".join(keys["description"].split())
    found.type = kind
    found.expires = end_of(keys.get("  expires")) or 0.0
    found.superseded = keys.get("  supersededBy", "").strip()
    found.body = body
    return bool(found.description)


def _stem(file: str) -> str:
    return (file[:-3] if file[-3:].lower() == ".md" else file).rsplit("/", 1)[-1]


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


def epoch(text: object) -> float | None:
    """Seconds since the epoch of an ISO date or date-time; None when it is neither. No zone means UTC."""
    if not isinstance(text, str):
        return None
    text = text.strip()
    known = _plain_epoch(text)
    if known is not None or not text:
        return known
    from memctl.format.topic import parse_time  # datetime costs as much as all the rest

    return parse_time(text)


def end_of(text: object) -> float | None:
    """The moment at which `expires` has passed: of a date its last second, in seconds since the epoch."""
    moment = epoch(text)
    whole_day = isinstance(text, str) and len(text.strip()) == len("2026-11-20")
    return moment + 86_400.0 if moment is not None and whole_day else moment


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
    if not (year >= 1 and 1 <= month <= 12 and 1 <= day <= 28) or hour > 23 or minute > 59 or second > 59:
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
