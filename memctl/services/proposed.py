"""What accepting a proposal would do: the change, its diff, and whether its target is still what it was."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from memctl.domain.change import Change, Remove, Write
from memctl.domain.escape import escape
from memctl.domain.memory import Memory
from memctl.domain.proposal import Proposal
from memctl.errors import NotFound
from memctl.services import checks
from memctl.store import codec
from memctl.store.memories import MemoryStore


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


def plan(store: MemoryStore, proposal: Proposal, now: float) -> Planned:
    """What accepting `proposal` at `now` writes. A stale one is brought in line with what is there now."""
    memories, _ = store.memories()
    fresh = _rebased(proposal, memories)
    if fresh is None:
        target = _by_stem(memories, proposal.name)
        return Planned(
            proposal, proposal.name + ".md", target, None, None, True, "there is nothing left to change"
        )
    target = _by_stem(memories, fresh.name) if fresh.operation in ("update", "delete") else None
    file = target.file if target else fresh.name + ".md"
    operations, after = _operations(fresh, target, memories, now)
    why = f"{fresh.operation} {fresh.name}, proposal {fresh.id}"
    change = Change("review", tuple(operations), why=why, session=fresh.session)
    same = target is not None and after == target.raw
    return Planned(fresh, file, target, after, None if same else change, fresh != proposal)


def _by_stem(memories: list[Memory], name: str) -> Memory | None:
    return next((m for m in memories if m.stem == name), None)


def _rebased(proposal: Proposal, memories: list[Memory]) -> Proposal | None:
    """`proposal` in line with the files: the same object when nothing changed, None when it is moot."""
    target = _by_stem(memories, proposal.supersedes if proposal.operation == "supersede" else proposal.name)  # type: ignore[arg-type]
    if proposal.operation == "create":
        taken = any(m.stem.casefold() == proposal.name.casefold() for m in memories)
        return _created_meanwhile(proposal, memories) if taken else proposal
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
        if checks.says(target.body, proposal.statement):
            return None
        return replace(moved, body=checks.merged(target.body, proposal.statement))
    return moved


def _created_meanwhile(proposal: Proposal, memories: list[Memory]) -> Proposal | None:
    """A memory of that name exists now: the proposal changes it, or stands beside it, or says nothing new."""
    target = next(m for m in memories if m.stem.casefold() == proposal.name.casefold())
    if checks.says(target.body, proposal.body):
        return None
    return checks.as_update(proposal, target)


def _operations(
    proposal: Proposal, target: Memory | None, memories: list[Memory], now: float
) -> tuple[list[Write | Remove], bytes | None]:
    if proposal.operation == "delete" and target is not None:
        return [Remove(target.file, target.fingerprint)], None
    if proposal.operation == "update" and target is not None:
        metadata: dict[str, str | None] = {"modified": codec.timestamp(now), **_about(proposal, target)}
        content = codec.rewrite(
            target, description=proposal.description, body=proposal.body, metadata=metadata
        )
        if proposal.body == target.body and proposal.description == target.description:
            content = target.raw
        return [Write(target.file, content, target.fingerprint)], content
    stamp = codec.timestamp(now)
    about = {"type": proposal.type, "created": stamp, "modified": stamp, **_about(proposal, None)}
    if proposal.session:
        about["originSessionId"] = proposal.session
    if proposal.operation == "supersede":
        about["supersedes"] = str(proposal.supersedes)
    content = codec.encode(proposal.name, proposal.description, proposal.body, about)
    operations: list[Write | Remove] = [Write(proposal.name + ".md", content, None)]
    old = _by_stem(memories, proposal.supersedes or "") if proposal.operation == "supersede" else None
    if old is not None:
        operations.append(
            Write(old.file, codec.rewrite(old, metadata={"supersededBy": proposal.name}), old.fingerprint)
        )
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


def edited(proposal: Proposal, content: bytes, memories: list[Memory]) -> Proposal:
    """`proposal` with what the person wrote in the editor: `content` is a topic file.

    The name follows the header for a new memory and stays for an existing one. Raises NotFound when the
    text was emptied, which means that nothing is to be saved.
    """
    memory = codec.decode(content, proposal.name + ".md")
    if not memory.body.strip():
        raise NotFound("the text is empty", hint="reject the proposal instead")
    body = memory.body.lstrip("\n")
    name = memory.name if proposal.operation in ("create", "supersede") else proposal.name
    described = memory.description[:150] or proposal.description
    kind = memory.type or proposal.type
    return replace(
        proposal, name=name, description=described, body=body, type=kind, statement="", findings=()
    )
