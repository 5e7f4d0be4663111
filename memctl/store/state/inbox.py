"""The inbox: proposals that wait for a verdict, one file each, in the state directory.

A proposal's id is made from its content, so that writing it twice is writing it once. An entry that is being
accepted is named in `approved` first, with the fingerprint that its target will have: whoever comes next can
tell an approval that happened from one that did not. What was accepted is kept in `decided/`, so that undoing
the change can bring the proposal back. What was rejected leaves a tombstone without content, and stays in
`rejected/` for a while, so that the person can see what it was and take the rejection back.
"""

import os
from collections.abc import Sequence
from dataclasses import replace

from memctl import places
from memctl.domain.proposal import Proposal
from memctl.errors import Ambiguous, NotFound
from memctl.store.disk import files
from memctl.store.disk.oserrors import write_failed
from memctl.store.state import approved, entries, shown
from memctl.store.state.entries import Entry
from memctl.store.state.tombstones import PREFIX_MIN, Tombstones

DECIDED_MAX = 500
"""Accepted proposals that are kept for an undo; the ones accepted longest ago go first."""


REJECTED_DAYS = 30
"""Days that the text of a rejected proposal is kept: time enough to think better of it, as git's reflog of
what nothing leads to any more."""


class Inbox:
    """The inbox of one memory directory."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.folder = os.path.join(places.store_state(directory), "inbox")
        self.decided_folder = os.path.join(self.folder, "decided")
        self.rejected_folder = os.path.join(self.folder, "rejected")

    def put(self, entry: Entry) -> None:
        """Write what became of an entry durably. Raises NotFound when it waits no more, WriteFailed."""
        if not os.path.exists(self._path(entry.proposal.id)):
            raise NotFound(
                f"the proposal {entry.proposal.id} is not in the inbox any more", hint="memctl review --list"
            )
        entries.write(self.folder, entry)

    def entries(self) -> tuple[list[Entry], list[str]]:
        """Every entry, the oldest first, and the names of files that hold none."""
        found, damaged = self._entries(self.folder)
        given, seals = approved.load(self.directory), shown.load(self.folder)
        return [
            replace(e, approval=given.get(e.proposal.id, e.approval), seal=seals.get(e.proposal.id, ""))
            for e in found
        ], damaged

    def get(self, proposal_id: str) -> Entry | None:
        """The entry of exactly this id, or None."""
        found = entries.read(self._path(proposal_id))
        if found is None:
            return None
        given = approved.load(self.directory).get(proposal_id, found.approval)
        return replace(found, approval=given, seal=shown.load(self.folder).get(proposal_id, ""))

    def is_unfinished(self) -> bool:
        """Whether an approval is left to be carried out, or one that was may have been undone or redone."""
        if os.path.exists(approved.path(self.directory)) or self.decided():
            return True
        return any(e.approval is not None or e.taken_back for e in self.entries()[0])

    def decided(self) -> list[Entry]:
        """The accepted proposals that are kept, the oldest first."""
        return self._entries(self.decided_folder)[0]

    def rejected(self) -> dict[str, Entry]:
        """What is kept of rejected proposals, by id; also of those that stay with what was accepted beside
        them, for an undo of both."""
        buried = {rejection.id for rejection in Tombstones(self.directory).rejections()}
        beside = [entry for entry in self.decided() if entry.proposal.id in buried]
        return {e.proposal.id: e for e in (*beside, *self._entries(self.rejected_folder)[0])}

    def _entries(self, folder: str) -> tuple[list[Entry], list[str]]:
        try:
            names = files.names(folder)
        except FileNotFoundError:
            return [], []
        found, damaged = [], []
        for name in sorted(name for name in names if name.endswith(".json")):
            entry = entries.read(os.path.join(folder, name))
            if entry is None:
                damaged.append(name)
            else:
                found.append(entry)
        return sorted(found, key=lambda e: (e.proposal.created, e.proposal.id)), damaged

    def find(self, wanted: str, due: Sequence[Proposal] = ()) -> Entry:
        """The entry whose id is `wanted`, or alone starts with it; `due` are looked at as if they waited.

        Raises NotFound, Ambiguous.
        """
        waiting = [*self.entries()[0], *map(Entry, due)]
        wanted = wanted.lower()
        found = [e for e in waiting if e.proposal.id == wanted]
        if not found and len(wanted) >= PREFIX_MIN:
            found = [e for e in waiting if e.proposal.id.startswith(wanted)]
        if not found:
            near = tuple(e.proposal.id for e in waiting[:3])
            raise NotFound(
                f"no proposal {wanted} in the inbox", hint="`memctl review --list` shows them", near=near
            )
        if len(found) > 1:
            raise Ambiguous(f"{wanted} is the start of {len(found)} ids", hint="give more digits")
        return found[0]

    def drop(self, proposal_id: str) -> None:
        """Take an entry out, durably; nothing happens when it is gone. Raises WriteFailed."""
        try:
            shown.forget(self.folder, proposal_id)
            os.unlink(self._path(proposal_id))
            places.sync_folder(self.folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise write_failed(error, self.folder) from error

    def settle(self, proposal_id: str) -> None:
        """Move an accepted entry to the decided ones, durably; nothing if it is gone. Raises WriteFailed."""
        self._move(proposal_id, self.decided_folder)

    def reject(self, proposal_id: str, now: float) -> None:
        """Move a rejected entry to those that are kept for REJECTED_DAYS, durably; nothing if it is gone.

        Raises WriteFailed.
        """
        self._move(proposal_id, self.rejected_folder)
        path = entries.path(self.rejected_folder, proposal_id)
        try:
            os.utime(path, (now, now))
            for name in files.names(self.rejected_folder):
                old = os.path.join(self.rejected_folder, name)
                if now - os.lstat(old).st_mtime > REJECTED_DAYS * 86_400:
                    files.discard(old)
        except FileNotFoundError:
            return
        except OSError as error:
            raise write_failed(error, self.rejected_folder) from error

    def _move(self, proposal_id: str, folder: str) -> None:
        try:
            places.make_private(folder)
            os.replace(self._path(proposal_id), entries.path(folder, proposal_id))
            places.sync_folder(folder)
            places.sync_folder(self.folder)
            shown.forget(self.folder, proposal_id)
        except FileNotFoundError:
            return
        except OSError as error:
            raise write_failed(error, self.folder) from error

    def remember(self, proposal_id: str, seal: str) -> None:
        """Keep the seal of what a person is shown now. What is only offered and not kept has its id alone."""
        if os.path.exists(self._path(proposal_id)):
            shown.remember(self.folder, proposal_id, seal)

    def bring_back(self, entry: Entry) -> None:
        """Let an entry wait again of which the verdict was taken back; it is decided no more.

        Killed in between, both files are there and this is simply done again. Raises WriteFailed.
        """
        if not os.path.exists(self._path(entry.proposal.id)):
            entries.write(self.folder, entry)
        self.forget(entry.proposal.id)

    def forget(self, proposal_id: str) -> None:
        """Keep a decided or rejected entry no longer. Raises WriteFailed."""
        try:
            for folder in (self.decided_folder, self.rejected_folder):
                files.discard(entries.path(folder, proposal_id))
        except OSError as error:
            raise write_failed(error, self.folder) from error

    def _path(self, proposal_id: str) -> str:
        return entries.path(self.folder, proposal_id)
