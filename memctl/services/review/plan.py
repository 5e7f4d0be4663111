"""What accepting a proposal would do: the change, and whether its targets are still what they were."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from memctl.domain import times
from memctl.domain.change import Change, Remove, Write
from memctl.domain.memory import Memory, stem
from memctl.domain.proposal import Proposal, Target, weakest
from memctl.errors import NotFound, Refused
from memctl.format import topic
from memctl.format.scalars import Value
from memctl.services.inbox import novelty
from memctl.services.write import relocate
from memctl.store.memory.memories import MemoryStore

EVIDENCE_MAX = 20
"""Entries of evidence that a header keeps, the latest."""

MOOT = "there is nothing left to change"


@dataclass(frozen=True)
class Planned:
    """A proposal against the files as they are. `change` is None when there is nothing left to do."""

    proposal: Proposal
    file: str  # the memory that it is about, as it will be called
    change: Change | None
    before: Mapping[str, Memory] = field(default_factory=dict)  # what the change replaces or removes, by file
    stale: bool = False  # a target changed since it was proposed; `proposal` is brought in line with it
    note: str = ""

    @property
    def after(self) -> bytes | None:
        """What `file` will hold; None when it will be gone, or nothing changes."""
        operations = self.change.operations if self.change else ()
        return next((o.content for o in operations if isinstance(o, Write) and o.file == self.file), None)


class MemoriesByStem:
    """The memories as the listing has them; only those that a proposal names are read."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self._files = {stem(entry[0]): entry[0] for entry in store.listing()[0]}
        self._folded = {name.casefold(): name for name in self._files}

    def get(self, name: str) -> Memory | None:
        """The memory of this stem, or None."""
        file = self._files.get(name)
        return None if file is None else self.store.read(file)

    def alike(self, name: str) -> Memory | None:
        """The memory whose stem is `name` but for case, as file systems that fold case see it."""
        return self.get(self._folded.get(name.casefold(), ""))

    def named(self, targets: Sequence[Target]) -> list[Memory]:
        """Those of `targets` that are there."""
        return [memory for memory in (self.get(target.name) for target in targets) if memory]

    def free(self, name: str) -> str:
        """`name`, or with the first number that makes it no memory's."""
        number, found = 2, name
        while found.casefold() in self._folded:
            found, number = f"{name}-{number}", number + 1
        return found


def plan(store: MemoryStore, proposal: Proposal, now: float) -> Planned:
    """What accepting `proposal` at `now` writes. A stale one is brought in line with what is there now.

    Raises NotFound or Damaged when a target cannot be read.
    """
    there = MemoriesByStem(store)
    fresh = _rebased(proposal, there)
    if fresh is None:
        return Planned(proposal, proposal.name + ".md", None, stale=True, note=MOOT)
    try:
        file, operations, renames = _PLANNERS[fresh.operation](fresh, there, now)
    except Refused as error:
        return Planned(proposal, proposal.name + ".md", None, stale=True, note=error.message)
    why = f"{fresh.operation} {fresh.name}, proposal {fresh.id}"
    change = Change("review", tuple(operations), renames, why, session=fresh.session)
    before = {o.file: store.read(o.file) for o in operations if o.expect}
    same = all(
        isinstance(o, Write) and o.file in before and o.content == before[o.file].raw for o in operations
    )
    return Planned(fresh, file, None if same else change, before, fresh != proposal)


def _rebased(proposal: Proposal, there: MemoriesByStem) -> Proposal | None:
    """`proposal` in line with the files: the same when nothing changed, None when it is moot."""
    if not proposal.targets:
        taken = there.alike(proposal.name)
        return proposal if taken is None else _created_meanwhile(proposal, taken)
    found = there.named(proposal.targets)
    if len(found) < proposal.kind.targets[0]:
        return _without_target(proposal, there)
    if _is_done(proposal, found[0]):
        return None
    targets = tuple(Target(memory.stem, memory.fingerprint) for memory in found)
    fresh = proposal if targets == proposal.targets else replace(proposal, targets=targets)
    if fresh.kind.writes and fresh.is_new:
        name = there.free(fresh.name)
        return fresh if name == fresh.name else replace(fresh, name=name)
    if fresh is proposal or not proposal.statement or proposal.kind.adds:
        return fresh
    if novelty.says(found[0].body, proposal.statement):
        return None
    return replace(fresh, body=novelty.merged(found[0].body, proposal.statement))


def _created_meanwhile(proposal: Proposal, target: Memory) -> Proposal | None:
    """A memory of that name exists now: the proposal changes it, or says nothing new."""
    if novelty.says(target.body, proposal.body):
        return None
    return novelty.as_update(proposal, target)


def _without_target(proposal: Proposal, there: MemoriesByStem) -> Proposal | None:
    """What was to replace a memory that is gone stands for itself; the rest is moot."""
    kind = proposal.kind
    if not kind.writes or kind.adds or kind.targets[0] > 1:
        return None
    return _rebased(replace(proposal, operation="create", body=proposal.fact, targets=()), there)


def _is_done(proposal: Proposal, target: Memory) -> bool:
    """Whether the target is already what the proposal makes of it, though not by it."""
    kind = proposal.kind
    return (kind.adds and novelty.says(target.body, proposal.fact)) or (
        kind.tiers and target.metadata.get("tier") == proposal.tier
    )


Operations = list[Write | Remove]
Made = tuple[str, Operations, tuple[tuple[str, str], ...]]
"""The file that the proposal is about, what is done, and what is renamed (old file, new file)."""


def _create(proposal: Proposal, there: MemoriesByStem, now: float) -> Made:
    return _made(_written(proposal, None, (), now))


def _update(proposal: Proposal, there: MemoriesByStem, now: float) -> Made:
    (target,) = there.named(proposal.targets)
    if (proposal.body, proposal.description) == (target.body, target.description):
        return _made(Write.over(target, target.raw))
    return _made(_written(proposal, target, (target,), now))


def _supersede(proposal: Proposal, there: MemoriesByStem, now: float) -> Made:
    """One memory that says what its targets said, or what counts instead; they are told so."""
    targets = there.named(proposal.targets)
    result = next((memory for memory in targets if memory.stem == proposal.name), None)
    carried = targets if len(targets) > 1 else ()  # of a single one nothing is taken over
    told = [
        Write.over(m, topic.rewrite(m, metadata={"supersededBy": proposal.name}))
        for m in targets
        if m is not result
    ]
    return _made(_written(proposal, result, carried, now), *told)


def _delete(proposal: Proposal, there: MemoriesByStem, now: float) -> Made:
    (target,) = there.named(proposal.targets)
    change, _ = relocate.forget(there.store, [target.file])
    return target.file, list(change.operations), ()


def _annotate(proposal: Proposal, there: MemoriesByStem, now: float) -> Made:
    """A paragraph more at the end; not a byte of what is there changes."""
    (target,) = there.named(proposal.targets)
    eol = "\r\n" if "\r\n" in target.body else "\n"
    gap = (
        ""
        if target.body.endswith(2 * eol) or not target.body
        else eol
        if target.body.endswith(eol)
        else 2 * eol
    )
    body = target.body + gap + proposal.fact.strip().replace("\n", eol) + eol
    content = topic.rewrite(target, body=body, metadata=_about(proposal, (target,), now))
    return _made(Write.over(target, content))


def _rename(proposal: Proposal, there: MemoriesByStem, now: float) -> Made:
    change, _ = relocate.rename(there.store, proposal.targets[0].name, proposal.name)
    return change.renames[0][1], list(change.operations), change.renames


def _move(proposal: Proposal, there: MemoriesByStem, now: float) -> Made:
    """Its tier alone: what it says is as old as it was."""
    (target,) = there.named(proposal.targets)
    content = topic.rewrite(target, metadata={"tier": proposal.tier})
    return _made(Write.over(target, content))


_PLANNERS: dict[str, Callable[[Proposal, MemoriesByStem, float], Made]] = {
    "create": _create,
    "update": _update,
    "supersede": _supersede,
    "delete": _delete,
    "merge": _supersede,
    "annotate": _annotate,
    "rename": _rename,
    "move": _move,
}


def _made(first: Write | Remove, *more: Write) -> Made:
    return first.file, [first, *more], ()


def _written(proposal: Proposal, target: Memory | None, carried: Sequence[Memory], now: float) -> Write:
    """The file with the proposal's own text, new or in place of `target`; `carried` are the memories whose
    evidence it takes over."""
    about = _about(proposal, carried, now)
    if target is None:
        about = {"type": proposal.type, "created": about["modified"], **about}
        if proposal.session:
            about["originSessionId"] = proposal.session
    older = [*_listed(target.metadata.get("supersedes") if target else None), *proposal.superseded]
    if proposal.superseded:
        about["supersedes"] = older[0] if len(older) == 1 else list(dict.fromkeys(older))
    if target is None:
        content = topic.encode(proposal.name, proposal.description, proposal.body, about)
        return Write(proposal.name + ".md", content, None)
    content = topic.rewrite(target, description=proposal.description, body=proposal.body, metadata=about)
    return Write.over(target, content)


def _about(proposal: Proposal, carried: Sequence[Memory], now: float) -> dict[str, Value]:
    """Time, origin and evidence for the header; the evidence of what is carried stays.

    What several say, or one says with a word more, is as good as the weakest of them.
    """
    listed = [entry for memory in carried for entry in _listed(memory.metadata.get("evidence"))]
    for item in proposal.evidence:
        own = item.turn if proposal.engine == "git" else f"{proposal.session or 'session'}#{item.turn}"
        listed.append(own)
    origins = [proposal.origin]
    if proposal.kind.adds or len(carried) > 1:
        origins += [str(memory.metadata.get("origin")) for memory in carried]
    about: dict[str, Value] = {
        "modified": times.write(now),
        "origin": weakest(origins) or proposal.origin,
    }
    if listed:
        about["evidence"] = ", ".join(list(dict.fromkeys(listed))[-EVIDENCE_MAX:])
    return about


def _listed(value: object) -> list[str]:
    """A header's value as a list: it may be one, or a text with commas."""
    return (
        [str(v) for v in value] if isinstance(value, list) else [p for p in str(value or "").split(", ") if p]
    )


def edited(proposal: Proposal, content: bytes) -> Proposal:
    """`proposal` with what the person wrote in the editor: `content` is a topic file.

    The name follows the header for a new memory and stays for an existing one, which then gets the whole
    text. Raises NotFound when the text was emptied, which means that nothing is to be saved.
    """
    memory = topic.decode(content, proposal.name + ".md")
    if not memory.body.strip():
        raise NotFound("the text is empty", hint="reject the proposal instead")
    return replace(
        proposal,
        operation="update" if proposal.kind.adds else proposal.operation,
        name=memory.name if proposal.is_new else proposal.name,
        description=memory.description[:150] or proposal.description,
        body=memory.body.lstrip("\n"),
        type=memory.type or proposal.type,
        statement="",
        findings=(),
    )
