"""What accepting a proposal would do: the change, its diff, and whether its target is still what it was."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from memctl.domain import times
from memctl.domain.change import Change, Remove, Write
from memctl.domain.memory import Memory, stem
from memctl.domain.proposal import Proposal
from memctl.errors import NotFound
from memctl.format import topic
from memctl.services.inbox import door
from memctl.store.memory.memories import MemoryStore
from memctl.text.escape import escape


@dataclass(frozen=True)
class Planned:
    """A proposal against the files as they are. `change` is None when there is nothing left to do."""

    proposal: Proposal
    file: str
    before: Memory | None
    after: bytes | None  # None for a delete
    change: Change | None
    stale: bool = False  # the target changed since it was proposed; `proposal` is brought in line with it
    note: str = ""


class Shelf:
    """The memories by stem, as the listing has them; only those that a proposal names are read."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.files = {stem(entry[0]): entry[0] for entry in store.listing()[0]}
        self._folded = {name.casefold(): name for name in self.files}

    def get(self, name: str) -> Memory | None:
        """The memory of this stem, or None."""
        file = self.files.get(name)
        return None if file is None else self._store.read(file)

    def alike(self, name: str) -> Memory | None:
        """The memory whose stem is `name` but for case, as file systems that fold case see it."""
        return self.get(self._folded.get(name.casefold(), ""))


def plan(store: MemoryStore, proposal: Proposal, now: float) -> Planned:
    """What accepting `proposal` at `now` writes. A stale one is brought in line with what is there now.

    Raises NotFound or Damaged when the target cannot be read.
    """
    shelf = Shelf(store)
    fresh = _rebased(proposal, shelf)
    if fresh is None:
        target = shelf.get(proposal.name)
        return Planned(
            proposal, proposal.name + ".md", target, None, None, True, "there is nothing left to change"
        )
    target = shelf.get(fresh.name) if fresh.operation in ("update", "delete") else None
    file = target.file if target else fresh.name + ".md"
    operations, after = _operations(fresh, target, shelf, now)
    why = f"{fresh.operation} {fresh.name}, proposal {fresh.id}"
    change = Change("review", tuple(operations), why=why, session=fresh.session)
    same = target is not None and after == target.raw
    return Planned(fresh, file, target, after, None if same else change, fresh != proposal)


def _rebased(proposal: Proposal, shelf: Shelf) -> Proposal | None:
    """`proposal` in line with the files: the same object when nothing changed, None when it is moot."""
    if proposal.operation == "create":
        taken = shelf.alike(proposal.name)
        return proposal if taken is None else _created_meanwhile(proposal, taken)
    superseding = proposal.operation == "supersede"
    target = shelf.get((proposal.supersedes or "") if superseding else proposal.name)
    if target is None:
        if proposal.operation == "delete":
            return None
        return replace(
            proposal,
            operation="create",
            body=proposal.statement or proposal.body,
            expect=None,
            supersedes=None,
        )
    if target.fingerprint == proposal.expect:
        return proposal
    moved = replace(proposal, expect=target.fingerprint)
    if proposal.operation == "update" and proposal.statement:
        if door.says(target.body, proposal.statement):
            return None
        return replace(moved, body=door.merged(target.body, proposal.statement))
    return moved


def _created_meanwhile(proposal: Proposal, target: Memory) -> Proposal | None:
    """A memory of that name exists now: the proposal changes it, or says nothing new."""
    if door.says(target.body, proposal.body):
        return None
    return door.as_update(proposal, target)


def _operations(
    proposal: Proposal, target: Memory | None, shelf: Shelf, now: float
) -> tuple[list[Write | Remove], bytes | None]:
    if proposal.operation == "delete" and target is not None:
        return [Remove(target.file, target.fingerprint)], None
    if proposal.operation == "update" and target is not None:
        metadata: dict[str, str | None] = {"modified": times.write(now), **_about(proposal, target)}
        content = topic.rewrite(
            target, description=proposal.description, body=proposal.body, metadata=metadata
        )
        if proposal.body == target.body and proposal.description == target.description:
            content = target.raw
        return [Write.over(target, content)], content
    stamp = times.write(now)
    about = {"type": proposal.type, "created": stamp, "modified": stamp, **_about(proposal, None)}
    if proposal.session:
        about["originSessionId"] = proposal.session
    if proposal.operation == "supersede":
        about["supersedes"] = str(proposal.supersedes)
    content = topic.encode(proposal.name, proposal.description, proposal.body, about)
    operations: list[Write | Remove] = [Write(proposal.name + ".md", content, None)]
    old = shelf.get(proposal.supersedes or "") if proposal.operation == "supersede" else None
    if old is not None:
        operations.append(Write.over(old, topic.rewrite(old, metadata={"supersededBy": proposal.name})))
    return operations, content


def _about(proposal: Proposal, target: Memory | None) -> dict[str, str]:
    """Origin and evidence for the header; an update adds its evidence to what is there."""
    known = target.metadata.get("evidence") if target else None
    listed = (
        [str(e) for e in known] if isinstance(known, list) else [p for p in str(known or "").split(", ") if p]
    )
    for item in proposal.evidence:
        entry = item.turn if proposal.engine == "git" else f"{proposal.session or 'session'}#{item.turn}"
        if entry not in listed:
            listed.append(entry)
    return {"origin": proposal.origin, "evidence": ", ".join(listed[-20:])}


def diff(planned: Planned) -> list[str]:
    """The unified diff against the file as it is, every line escaped; padding is summed up, never hidden."""
    old = _text(planned.before.raw) if planned.before else ""
    new = _text(planned.after) if planned.after is not None else ""
    names = (
        "/dev/null" if not old else f"a/{planned.file}",
        "/dev/null" if planned.after is None else f"b/{planned.file}",
    )
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), *names, lineterm="", n=3)
    return list(_summed([_visible(line) for line in lines]))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace").replace("\r\n", "\n")


_RUN = re.compile(r"(?P<c>[ \t\u00a0\u3000])(?P=c){39,}|(?P<d>\S)(?P=d){199,}")


def _visible(line: str) -> str:
    """One line as it is shown: escaped, and long runs of one character as their count."""
    shown = _RUN.sub(lambda m: f"⟨{len(m[0])} × {'space' if m['c'] else m['d']}⟩", line)
    return escape(shown, keep="\t")


REPEATED_MAX = 6
"""Equal lines in a row that are shown; more are summed up."""


def _summed(lines: list[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        end = at
        while end < len(lines) and lines[end].rstrip() == lines[at].rstrip():
            end += 1
        if end - at > REPEATED_MAX:
            what = "empty" if not lines[at][1:].strip() else "equal"
            yield lines[at]
            yield f"{lines[at][:1]}⟨{end - at - 1} more {what} lines like this⟩"
        else:
            yield from lines[at:end]
        at = end


def edited(proposal: Proposal, content: bytes) -> Proposal:
    """`proposal` with what the person wrote in the editor: `content` is a topic file.

    The name follows the header for a new memory and stays for an existing one. Raises NotFound when the
    text was emptied, which means that nothing is to be saved.
    """
    memory = topic.decode(content, proposal.name + ".md")
    if not memory.body.strip():
        raise NotFound("the text is empty", hint="reject the proposal instead")
    body = memory.body.lstrip("\n")
    name = memory.name if proposal.operation in ("create", "supersede") else proposal.name
    described = memory.description[:150] or proposal.description
    kind = memory.type or proposal.type
    return replace(
        proposal, name=name, description=described, body=body, type=kind, statement="", findings=()
    )
