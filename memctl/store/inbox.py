"""The inbox: proposals that wait for a verdict, one file each, in the state directory.

A proposal's id is made from its content, so that writing it twice is writing it once. An entry that is being
accepted is marked first, with the fingerprint that its target will have: whoever comes next can tell an
approval that happened from one that did not. What was rejected leaves a tombstone without content.
"""

import json
import os
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from typing import Any

from memctl import places
from memctl.domain.proposal import OPERATIONS, ORIGINS, Evidence, Proposal
from memctl.errors import Ambiguous, NotFound
from memctl.store import files
from memctl.store.trouble import write_failed

ENTRY_MAX = 1024 * 1024
"""Bytes of one entry that are read: a body has at most 100 KB."""


@dataclass(frozen=True)
class Approval:
    """A verdict that was given and is being carried out: when, and the target's fingerprint afterwards."""

    at: float
    after: str | None  # None when the target will be gone
    before: str | None  # the target's fingerprint when the verdict was given; None when there was none


@dataclass(frozen=True)
class Entry:
    """One proposal in the inbox; `later` counts how often it was put off."""

    proposal: Proposal
    later: int = 0
    approval: Approval | None = None


def make_id(proposal: Proposal) -> str:
    """The id of a proposal: ten hex digits of its content. The same proposal always has the same id."""
    quotes = "\x1f".join(f"{e.turn}\x1e{e.quote}" for e in proposal.evidence)
    parts = (
        proposal.operation,
        proposal.name,
        proposal.description,
        proposal.body,
        str(proposal.session),
        quotes,
    )
    return blake2b("\x1d".join(parts).encode("utf-8", "surrogatepass"), digest_size=5).hexdigest()


class Inbox:
    """The inbox of one memory directory."""

    def __init__(self, directory: str) -> None:
        self.folder = os.path.join(places.store_state(directory), "inbox")

    def put(self, entry: Entry) -> None:
        """Write `entry` durably, replacing one of the same id. Raises WriteFailed."""
        content = {"schema": 1, "proposal": asdict(entry.proposal), "later": entry.later}
        if entry.approval is not None:
            content["approval"] = asdict(entry.approval)
        try:
            files.private_folder(self.folder)
            text = json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")
            files.write_private(self._path(entry.proposal.id), text + b"\n")
        except OSError as error:
            raise write_failed(error, self.folder) from error

    def entries(self) -> tuple[list[Entry], list[str]]:
        """Every entry, the oldest first, and the names of files that hold none."""
        try:
            names = files.names(self.folder)
        except FileNotFoundError:
            return [], []
        found, damaged = [], []
        for name in sorted(names):
            if not name.endswith(".json"):
                continue
            entry = self._read(os.path.join(self.folder, name))
            if entry is None or entry.proposal.id != name[:-5]:
                damaged.append(name)
            else:
                found.append(entry)
        return sorted(found, key=lambda e: (e.proposal.created, e.proposal.id)), damaged

    def find(self, wanted: str) -> Entry:
        """The entry whose id is, or starts with, `wanted`. Raises NotFound, Ambiguous."""
        entries, _ = self.entries()
        found = [e for e in entries if wanted and e.proposal.id.startswith(wanted.lower())]
        if not found:
            near = tuple(e.proposal.id for e in entries[:3])
            raise NotFound(
                f"no proposal {wanted} in the inbox", hint="`memctl review --list` shows them", near=near
            )
        if len(found) > 1:
            raise Ambiguous(f"{wanted} is the start of {len(found)} ids", hint="give more digits")
        return found[0]

    def drop(self, proposal_id: str) -> None:
        """Take an entry out, durably; nothing happens when it is gone. Raises WriteFailed."""
        try:
            os.unlink(self._path(proposal_id))
            files.sync_folder(self.folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise write_failed(error, self.folder) from error

    def _path(self, proposal_id: str) -> str:
        return os.path.join(self.folder, f"{proposal_id}.json")

    def _read(self, path: str) -> Entry | None:
        try:
            raw, _ = files.read_regular(path, ENTRY_MAX)
            return _decode(json.loads(raw.decode("utf-8", "surrogatepass")))
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None


def _decode(content: Any) -> Entry:
    """The entry that a file holds. Raises ValueError, TypeError or KeyError for anything else."""
    fields = dict(content["proposal"])
    fields["evidence"] = tuple(Evidence(str(e["turn"]), str(e["quote"])) for e in fields["evidence"])
    fields["findings"] = tuple(str(f) for f in fields["findings"])
    proposal = Proposal(**fields)
    texts = (proposal.id, proposal.name, proposal.type, proposal.description, proposal.body)
    if (
        proposal.operation not in OPERATIONS
        or proposal.origin not in ORIGINS
        or not all(isinstance(t, str) for t in texts)
    ):
        raise ValueError("not a proposal")
    approval = Approval(**content["approval"]) if content.get("approval") else None
    return Entry(replace(proposal, created=float(proposal.created)), int(content.get("later", 0)), approval)
