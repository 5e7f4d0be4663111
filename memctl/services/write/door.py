"""The write door: the one way by which a change reaches a memory directory, whoever makes it.

`examine` decodes what would be written, once, and asks the guard, once. `write` registers the project,
records who acts, and hands the change to the store. Nothing else imports `store.write.apply`,
`store.write.bringing` and `store.write.recovery`; import-linter holds that.
"""

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from memctl.agents.actor import PERSON, actor
from memctl.domain.change import Applied, Change, Write
from memctl.domain.erasure import Erased, Erasure
from memctl.domain.memory import Memory, is_index
from memctl.domain.skill_file import is_skill
from memctl.format import topic
from memctl.places import queries_file
from memctl.services.ownership import registration
from memctl.services.write import skill_places
from memctl.store.memory.listing import Listing, names, recent
from memctl.store.state.resolve import Place
from memctl.store.write import apply as disk
from memctl.store.write import bringing, copies, journal, recovery
from memctl.store.write.load import Load


@dataclass(frozen=True)
class Examined:
    """A change that may be written. `memories` are the topic files it writes, decoded, by file."""

    change: Change
    memories: Mapping[str, Memory]
    warnings: tuple[str, ...] = ()
    clean: frozenset[str] = frozenset()  # names and descriptions in which the guard found no secret
    listing: Listing | None = None  # of the directory, from which the change follows


class WriteDoor:
    """The write door of one project's memory directory.

    `by` is the program that acts for a model ("mcp", "memory-tool") or for a policy ("auto"); without it the
    environment says whether an agent runs this command.
    """

    def __init__(self, place: Place, by: str = "") -> None:
        self.place = place
        self.directory = place.directory
        self.actor = by or actor()

    @property
    def origin(self) -> str:
        """Whose words a text is that this run is given: "person" or "agent"."""
        return "person" if self.actor == PERSON else "agent"

    def examine(
        self,
        change: Change,
        *,
        now: float,
        allow_secret: Iterable[str] = (),
        in_folders: bool = False,
        unguarded: str = "",
        listing: Listing | None = None,
    ) -> Examined:
        """`change`, decoded and guarded; nothing is written. Raises Refused.

        `allow_secret` names rules whose secrets the person lets pass; with `in_folders` a new file may lie in
        a folder of the directory, as one that is moved may. `unguarded` is the reason for which the guard is
        not asked at all: what is put back stood there before. `listing` is of the directory, where the change
        follows from one.
        """
        memories = {
            operation.file: topic.decode(operation.content, operation.file, now)
            for operation in change.operations
            if isinstance(operation, Write) and not is_index(operation.file) and not is_skill(operation.file)
        }
        skill_places.check((operation.file for operation in change.operations), self.place.root)
        if unguarded:
            return Examined(change, memories, listing=listing)
        from memctl.services.guard import changes  # its tables of patterns take a while to load

        allowed = frozenset(allow_secret)
        files: list[str] = []
        if changes.creates(change):
            there = recent(listing)
            files = names(self.directory) if there is None else there.files
        findings = changes.check(change, memories, files, allow_secret=allowed, in_folders=in_folders)
        new = [m for m in memories.values() if not allowed and m.file not in changes.continued(change)]
        clean = frozenset(text for memory in new for text in (memory.name, memory.description))
        warnings = tuple(dict.fromkeys(finding.message for finding in findings))
        return Examined(change, memories, warnings, clean, listing)

    def write(self, change: Change | Examined, *, now: float, unguarded: str = "") -> Applied:
        """Write `change`: all of it or nothing, durable and undoable on return; with its warnings.

        What was examined before is not examined again. `now` is in seconds since the epoch. Raises Refused
        (guard, a directory of another project), and Conflict, Locked, WriteFailed and Damaged as
        `store.write.apply` does.
        """
        if isinstance(change, Change):
            change = self.examine(change, now=now, unguarded=unguarded)
        registration.register(self.place)
        own, clean = replace(change.change, actor=self.actor), change.clean

        def redact(text: str) -> str:
            """`text` as it may be copied into the index: what was examined is clean, else secrets go."""
            return text if text in clean else _redact(text)

        applied = disk.apply(self.directory, own, now=now, redact=redact, listing=change.listing)
        _carry_queries(self.directory, change)
        return applied

    def bring(self, load: Load, *, why: str, now: float, turn: Change | None = None) -> bringing.Arrived:
        """Bring in what another memory directory holds, and what is kept about it; the guard is not asked.

        What comes stood in a memory directory before, and what it would add to a file here waits in the
        inbox. `turn` is the undo, redo or copy of which this is all; it has no operations. Raises Locked,
        WriteFailed, Damaged.
        """
        change = turn or Change("adopt", (), why=why)
        own = replace(change, actor=self.actor)
        return bringing.bring(self.directory, own, load, now=now, redact=_redact)

    def erase(self, plan: Callable[[], Erasure], *, now: float) -> Erased:
        """Erase what `plan` says for good, wherever memctl keeps it: nothing brings it back.

        What was being brought or copied is finished first: it would bring the text back. The guard is not
        asked: nothing is added but marks. Raises as `write`.
        """
        registration.register(self.place)
        copies.settle(now=now, redact=_redact)
        bringing.settle(self.directory, now=now, redact=_redact)
        return disk.erase(self.directory, plan, now=now, redact=_redact)

    def take_over(self, files: Mapping[str, bytes], history: str | None, *, why: str, now: float) -> bool:
        """Take over a backup's files and history where there are none; False elsewhere, where only the
        history comes, and is joined. What it holds stood there before, so the guard is not asked. Raises as
        `write`.
        """
        registration.register(self.place)
        change = Change("restore", (), why=why, actor=self.actor)
        return disk.take_over(self.directory, change, files, history, now=now, redact=_redact)

    def record_outside(self, *, now: float) -> tuple[str, ...]:
        """Put what was changed without memctl into the history; returns the files. Raises as `write`."""
        return disk.record_outside(self.directory, now=now, redact=_redact)

    def repair(self, *, now: float) -> list[str]:
        """Finish what a killed command left; a sentence for each repair and each change kept in the spool.

        While another command is at work it is left to that one. Never raises what stands in the way of a
        repair: it is one of the sentences, and a verb that writes meets it.
        """
        registration.register(self.place)
        notes = copies.settle(now=now, redact=_redact)
        notes += bringing.repair(self.directory, now=now, redact=_redact)
        return notes + recovery.repair(self.directory, now=now, redact=_redact)

    def finish(self, *, now: float) -> list[str]:
        """Finish what a killed command left; a sentence each. Raises Locked, WriteFailed, Damaged."""
        registration.register(self.place)
        notes = bringing.settle(self.directory, now=now, redact=_redact)
        return notes + recovery.finish(self.directory, now=now, redact=_redact)

    def write_kept(self, entry: journal.Entry, *, now: float) -> Applied:
        """Write a change that passed this door before and could not be written then. Raises as `write`.

        One that came with a backup passed none here: the guard is asked now, and raises Refused.
        """
        if entry.reason == journal.RESTORED:
            skill_places.refuse_any(entry.files)
            self.examine(entry.change, now=now)
        registration.register(self.place)
        bringing.settle(self.directory, now=now, redact=_redact)
        return recovery.apply_spooled(self.directory, entry.id, now=now, redact=_redact)


def _carry_queries(directory: str, examined: Examined) -> None:
    """Keep the anticipated queries of each memory that was changed, which are filed under what it says.

    They are derived: where they cannot be kept, the change stands all the same.
    """
    operations = [o for o in examined.change.operations if isinstance(o, Write) and o.before]
    versions = [(o.before, examined.memories[o.file]) for o in operations if o.file in examined.memories]
    if versions and os.path.exists(queries_file(directory)):
        from memctl.services.recall.queries import carry

        with suppress(OSError):
            carry(directory, [(before, after) for before, after in versions if before])


def _redact(text: str) -> str:
    from memctl.services.guard import redact

    return redact(text)
