"""What `save` is asked to write, put in order: a text that is a topic file, dates, the keys of the header."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date

from memctl.domain import times
from memctl.domain.memory import DEFAULT_TYPE, TYPES, Memory
from memctl.domain.proposal import weakest
from memctl.errors import UsageError
from memctl.format import header, topic
from memctl.format.scalars import Value
from memctl.services.related import linking


@dataclass(frozen=True)
class Request:
    """What the command line gave; None means not given."""

    text: str | None
    name: str | None = None
    description: str | None = None
    type: str | None = None
    expires: str | None = None
    supersedes: Sequence[str] = ()
    narrows: Sequence[str] = ()  # the memories beside which it stands as an exception, linked both ways
    pin: bool | None = None  # None: as it is
    evidence: Sequence[str] = ()  # entries as `verify` reads them
    if_match: str | None = None
    update: bool = False
    force: bool = False
    now: float = 0.0
    origin: str = "person"  # whose words a new memory is: "person" or "agent"
    is_file: bool = False  # the text is a file that was named: where it is a memory, its header counts too
    given: Memory | None = None  # that memory, once `in_order` has read it


_TAKEN = frozenset(
    ["name", "description", "type", "metadata", "modified", "created", "originSessionId", "node_type"]
)
"""Keys of a piped-in topic file that are taken, or that memctl writes anew without a word."""


def in_order(request: Request) -> tuple[Request, list[str]]:
    """`request` with name, description and type from a text that is a whole topic file, where no option did.

    The second value warns of the keys that are not taken: who may pin a memory or say where it comes from
    is decided by options, or by a file that was named, not by a text. Raises UsageError for an unknown type.
    """
    if request.type is not None and request.type not in TYPES:
        raise UsageError(f"no such type: {request.type}", hint="one of " + ", ".join(TYPES))
    if request.text is None or not request.text.startswith(("---\n", "---\r\n", "\ufeff---")):
        return request, []
    raw = request.text.encode("utf-8", "surrogatepass")
    head = header.read(raw)
    return (request, []) if head.damage or not head.keys else _with(request, head, topic.decode(raw, ""))


def _with(request: Request, head: header.Head, given: Memory) -> tuple[Request, list[str]]:
    named = head.keys.get("name")
    taken = replace(
        request,
        text=head.body,
        name=request.name or (named if isinstance(named, str) and named else None),
        description=request.description if request.description is not None else given.description or None,
        type=request.type or given.type,
        given=given if request.is_file else None,
    )
    if request.is_file:
        return taken, []
    others = [k for k in (*head.keys, *given.metadata) if k not in _TAKEN]
    return taken, [f"not taken from the text's header: {', '.join(others)}"] if others else []


def metadata_of(request: Request, existing: Memory | None, old: Sequence[Memory]) -> dict[str, Value | None]:
    """What goes under `metadata` of the header: of a new memory, or over that of `existing` (None: the key
    goes); `old` are those that it replaces. Raises UsageError for an expiry that is no date."""
    given = {} if request.given is None else dict(request.given.metadata)
    metadata: dict[str, Value | None] = {**({} if existing is None else _carried(given))}
    if existing is None:
        metadata["type"] = request.type or DEFAULT_TYPE
        if "created" not in given:
            metadata["created"] = times.write(request.now)
    elif request.type or existing.type:
        metadata["type"] = str(request.type or existing.type)
    origin = _origin(request, existing, given)
    if origin:
        metadata["origin"] = origin
    if existing is not None or times.parse(given.get("modified")) is None:
        metadata["modified"] = times.write(request.now)
    there = {**(given if existing is None else existing.metadata), **metadata}
    return metadata | _asked(request, old, there)


def _asked(request: Request, old: Sequence[Memory], there: Mapping[str, object]) -> dict[str, Value | None]:
    """What options say, beside what the header says without them (`there`). Raises UsageError."""
    metadata: dict[str, Value | None] = {}
    if request.expires:
        metadata["expires"] = expiry(request.expires, request.now)
    if old:
        metadata["supersedes"] = linking.replacing(there, old)
    if request.evidence:
        metadata["evidence"] = _with_evidence(there.get("evidence"), request.evidence)
    if request.pin is not None:
        metadata["pinned"] = "true" if request.pin else None
    return metadata


def _with_evidence(there: object, new: Sequence[str]) -> str:
    """The evidence of a header with `new` entries; one for the same place gives way to the new one."""
    named = {entry.rpartition("@")[0] for entry in new}
    kept = [entry for entry in _listed(there) if entry.rpartition("@")[0] not in named]
    return ", ".join(dict.fromkeys([*kept, *new]))


def _carried(given: Mapping[str, object]) -> dict[str, Value]:
    """What an update takes over from the header of the file that it is given."""
    return {key: value for key, value in given.items() if key not in _TAKEN and isinstance(value, str | list)}


def _origin(request: Request, existing: Memory | None, given: Mapping[str, object]) -> str:
    """Whose words the memory is afterwards; "" where that stays as it is."""
    said = [str(given["origin"])] if "origin" in given else []
    if existing is None:
        return weakest((*said, request.origin)) or request.origin
    if request.origin != "person":  # its own words stand there now
        return weakest((str(existing.metadata.get("origin")), *said, request.origin)) or request.origin
    return (weakest((*said, request.origin)) or "") if said else ""


def expiry(text: str, now: float) -> str:
    """`2026-12-31`, an RFC 3339 time, or a distance (`30d`, `6w`, `3m`, `1y`) as a date.

    Raises UsageError.
    """
    text = text.strip()
    match = re.fullmatch(r"(\d{1,4})\s*([dwmy])", text)
    with suppress(ValueError, OverflowError):  # a year after 9999
        if match:
            days = int(match[1]) * {"d": 1, "w": 7, "m": 30, "y": 365}[match[2]]
            return date.fromtimestamp(now + days * 86400).isoformat()
        if times.parse(text) is not None:
            return text
    raise UsageError(f"{text!r} is no date", hint="write 2026-12-31, or 30d, 6w, 3m, 1y from now")


def _listed(value: object) -> list[str]:
    return (
        [str(v) for v in value] if isinstance(value, list) else [p for p in str(value or "").split(", ") if p]
    )
