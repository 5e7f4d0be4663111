"""The inbox: proposals that wait for a verdict, one file each, in the state directory.

A proposal's id is made from its content, so that writing it twice is writing it once. An entry that is being
accepted is marked first, with the fingerprint that its target will have: whoever comes next can tell an
approval that happened from one that did not. What was accepted is kept in `decided/`, so that undoing the
change can bring the proposal back. What was rejected leaves a tombstone without content.
"""

import json
import os
from dataclasses import asdict, dataclass, replace
from hashlib import blake2b
from typing import Any

from memctl import places
from memctl.domain.proposal import OPERATIONS, ORIGINS, Evidence, Proposal
from memctl.errors import Ambiguous, NotFound
from memctl.store.disk import files
from memctl.store.disk.oserrors import write_failed

ENTRY_MAX = 1024 * 1024
"""Bytes of one entry that are read: a body has at most 100 KB."""

DECIDED_MAX = 500
"""Accepted proposals that are kept for an undo; the ones accepted longest ago go first."""


@dataclass(frozen=True)
class Approval:
    """A verdict that was given and is being carried out: when, and the target's fingerprint afterwards."""

    at: float
    after: str | None  # None when the target will be gone
    before: str | None  # the target's fingerprint when the verdict was given; None when there was none


@dataclass(frozen=True)
class Entry:
    """One proposal in the inbox; `later` counts how often it was put off.

    `taken_back` is the commit that had accepted it and was undone; empty when there was none.
    """

    proposal: Proposal
    later: int = 0
    approval: Approval | None = None
    taken_back: str = ""


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
        self.decided_folder = os.path.join(self.folder, "decided")

    def put(self, entry: Entry) -> None:
        """Write `entry` durably, replacing one of the same id. Raises WriteFailed."""
        content = {"schema": 1, "proposal": asdict(entry.proposal), "later": entry.later}
        if entry.approval is not None:
            content["approval"] = asdict(entry.approval)
        if entry.taken_back:
            content["taken_back"] = entry.taken_back
        try:
            places.make_private(self.folder)
            text = json.dumps(content, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")
            files.write_private(self._path(entry.proposal.id), text + b"\n")
        except OSError as error:
            raise write_failed(error, self.folder) from error

    def entries(self) -> tuple[list[Entry], list[str]]:
        """Every entry, the oldest first, and the names of files that hold none."""
        return self._entries(self.folder)

    def decided(self) -> list[Entry]:
        """The accepted proposals that are kept, the oldest first."""
        return self._entries(self.decided_folder)[0]

    def _entries(self, folder: str) -> tuple[list[Entry], list[str]]:
        try:
            names = files.names(folder)
        except FileNotFoundError:
            return [], []
        found, damaged = [], []
        for name in sorted(names):
            if not name.endswith(".json"):
                continue
            entry = self._read(os.path.join(folder, name))
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
            places.sync_folder(self.folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise write_failed(error, self.folder) from error

    def settle(self, proposal_id: str) -> None:
        """Move an accepted entry to the decided ones, durably; nothing if it is gone. Raises WriteFailed."""
        try:
            places.make_private(self.decided_folder)
            os.replace(self._path(proposal_id), os.path.join(self.decided_folder, f"{proposal_id}.json"))
            places.sync_folder(self.decided_folder)
            places.sync_folder(self.folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise write_failed(error, self.folder) from error

    def bring_back(self, entry: Entry) -> None:
        """Put a decided entry into the inbox again, unless it waits there; it is decided no more.

        Killed in between, both files are there and this is simply done again. Raises WriteFailed.
        """
        if not os.path.exists(self._path(entry.proposal.id)):
            self.put(entry)
        self.forget(entry.proposal.id)

    def forget(self, proposal_id: str) -> None:
        """Keep a decided entry no longer. Raises WriteFailed."""
        try:
            files.discard(os.path.join(self.decided_folder, f"{proposal_id}.json"))
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
    taken_back = content.get("taken_back", "")
    if not isinstance(taken_back, str):
        raise ValueError("not an entry")
    dated = replace(proposal, created=float(proposal.created))
    return Entry(dated, int(content.get("later", 0)), approval, taken_back)
