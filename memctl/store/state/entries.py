"""One entry of the inbox, and the file that it is kept in."""

import json
import os
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from memctl import places
from memctl.domain import TYPES, skill_file
from memctl.domain.proposal import ORIGINS, TIERS, Evidence, Part, Proposal, Target, is_shaped
from memctl.store.disk import files
from memctl.store.disk.oserrors import write_failed

ENTRY_MAX = 1024 * 1024
"""Bytes of one entry that are read: a body has at most 100 KB."""

SCHEMA = 2
"""The form that is written. In form 1 a proposal had one target: `expect`, and `supersedes` beside `name`."""

_TEXTS = tuple(f.name for f in fields(Proposal) if f.type is str)


@dataclass(frozen=True)
class Approval:
    """A verdict that was given and is being carried out: when, and the target's fingerprint afterwards."""

    at: float
    after: str | None  # None when the target will be gone
    before: str | None  # the target's fingerprint when the verdict was given; None when there was none
    actor: str = "memctl"  # who gave it
    seal: str = ""  # of what was approved, see `services.review.plan.sealed`; "" in those of 0.1.0
    batch: str = ""  # those of one batch are one change, carried out together or not at all


@dataclass(frozen=True)
class Entry:
    """One proposal in the inbox; `later` counts how often it was put off.

    `taken_back` is the id of the change that had accepted it and was undone; empty when there was none.
    `approval` and `seal`, which is of what the person was shown last, come from files of their own: see
    `approved` and `shown`. Version 0.1.0 kept the approval in the entry.
    """

    proposal: Proposal
    later: int = 0
    approval: Approval | None = None
    taken_back: str = ""
    seal: str = ""


def path(folder: str, proposal_id: str) -> str:
    """The file of one entry."""
    return os.path.join(folder, f"{proposal_id}.json")


def encode(entry: Entry) -> bytes:
    """The bytes of the file of `entry`."""
    content = {"schema": SCHEMA, "proposal": asdict(entry.proposal), "later": entry.later}
    if entry.approval is not None:
        content["approval"] = asdict(entry.approval)
    if entry.taken_back:
        content["taken_back"] = entry.taken_back
    return json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass") + b"\n"


def write(folder: str, entry: Entry, *, new: bool = False) -> bool:
    """Write `entry` durably, in the place of one of the same id; a `new` one replaces none: False then.

    Raises WriteFailed.
    """
    at = path(folder, entry.proposal.id)
    try:
        places.make_private(folder)
        if new:
            return files.create_private(at, encode(entry))
        files.write_private(at, encode(entry))
    except OSError as error:
        raise write_failed(error, folder) from error
    return True


def read(file: str) -> Entry | None:
    """The entry that the file at the path `file` holds; None for anything else, a form to come included."""
    try:
        raw, _ = files.read_regular(file, ENTRY_MAX)
    except OSError:
        return None
    return decode(os.path.basename(file), raw)


def decode(name: str, raw: bytes) -> Entry | None:
    """The entry that a file called `name` with the bytes `raw` holds; None for anything else."""
    try:
        entry = _decode(json.loads(raw.decode("utf-8", "surrogatepass")))
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    return entry if name == f"{entry.proposal.id}.json" else None


def _decode(content: Any) -> Entry:
    """The entry that `content` is. Raises ValueError, TypeError, KeyError or OverflowError."""
    if not isinstance(content, dict):
        raise TypeError("not an entry")
    schema = content.get("schema", 1)
    if schema not in (1, SCHEMA):
        raise ValueError("written by a later memctl")
    proposal = _proposal(dict(content["proposal"]), schema)
    approval = _of(content["approval"], proposal) if content.get("approval") else None
    taken_back = content.get("taken_back", "")
    if not isinstance(taken_back, str):
        raise TypeError("not an entry")
    return Entry(proposal, int(content.get("later", 0)), approval, taken_back)


def _proposal(found: dict[str, Any], schema: int) -> Proposal:
    found["targets"] = tuple(_first_targets(found) if schema == 1 else map(_target, found["targets"]))
    found["evidence"] = tuple(Evidence(str(e["turn"]), str(e["quote"])) for e in found["evidence"])
    found["parts"] = tuple(map(_part, found.get("parts", ())))
    found["findings"] = tuple(str(f) for f in found["findings"])
    proposal = Proposal(**found)
    lines = _lines(proposal)
    texts = [*lines, *(getattr(proposal, key) for key in _TEXTS), *(part.body for part in proposal.parts)]
    if not all(isinstance(text, str) for text in texts) or not isinstance(proposal.given, bool):
        raise TypeError("not a proposal")
    "".join(texts).encode()  # a lone surrogate, which nothing could show, is a ValueError
    if any("\n" in text for text in lines) or proposal.origin not in ORIGINS or not _holds_together(proposal):
        raise ValueError("not a proposal")
    return replace(proposal, created=_moment(proposal.created))


def _lines(proposal: Proposal) -> list[str]:
    """What of it has to be on one line."""
    said = (text for part in proposal.parts for text in (part.name, part.description))
    return [proposal.name, proposal.description, proposal.session or "", *said]


def _holds_together(proposal: Proposal) -> bool:
    """Whether it says what its operation needs: one that was written by hand may say anything."""
    if not is_shaped(proposal.operation, len(proposal.targets)):
        return False
    kind = proposal.kind
    if kind.splits != bool(proposal.parts):
        return False
    if not (proposal.tier in TIERS if kind.tiers else proposal.tier == ""):
        return False
    if kind.is_skill != (proposal.file != "") or (kind.is_skill and not skill_file.is_shaped(proposal.file)):
        return False
    if proposal.retype not in ("", *TYPES) or (kind.writes and proposal.type not in TYPES):
        return False
    named = kind.makes or proposal.name == proposal.targets[0].name
    return named and bool(proposal.fact.strip() or not kind.writes)


def _of(found: Any, proposal: Proposal) -> Approval:
    """The approval that 0.1.0 wrote into the entry itself."""
    approval = approval_of(found)
    if approval.after is None and not proposal.kind.removes:
        raise ValueError("not an approval")
    return approval


def approval_of(found: Any) -> Approval:
    """The approval that `found` is. Raises ValueError, TypeError or OverflowError."""
    approval = Approval(**found)
    marks = (approval.after or "", approval.before or "", approval.actor, approval.seal, approval.batch)
    if not all(isinstance(mark, str) for mark in marks):
        raise ValueError("not an approval")
    return replace(approval, at=_moment(approval.at))


def _moment(value: Any) -> float:
    """Seconds since the epoch that a calendar holds. Raises ValueError."""
    moment = float(value)
    if not 0.0 <= moment < 253_402_300_800.0:  # the year 10000; false for nan as well
        raise ValueError("no moment")
    return moment


def _first_targets(found: dict[str, Any]) -> list[Target]:
    """The target of a proposal of form 1, whose keys for it are taken out of `found`."""
    seen, old = found.pop("expect"), found.pop("supersedes")
    return [] if seen is None else [Target(found["name"] if old is None else str(old), str(seen))]


def _target(found: Any) -> Target:
    return Target(str(found["name"]), str(found["seen"]), str(found.get("by", "")))


def _part(found: Any) -> Part:
    return Part(*(str(found[key]) for key in ("name", "description", "body")))
