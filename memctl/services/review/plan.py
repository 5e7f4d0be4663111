"""What accepting a proposal would do: the change, and whether its targets are still what they were."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from memctl.domain import times
from memctl.domain.change import Change, Remove, Write
from memctl.domain.memory import Memory
from memctl.domain.proposal import Proposal, Target, content
from memctl.domain.skill_file import path_of
from memctl.errors import MemctlError, NotFound, Refused, UsageError
from memctl.format import prose, skill_md, topic
from memctl.format.scalars import Value
from memctl.services.related import linking
from memctl.services.review import attribution
from memctl.services.review.renewal import MemoriesByStem, Moot, in_line, says_already
from memctl.services.tiers import moves
from memctl.services.write import relocate
from memctl.store.disk import files
from memctl.store.memory.memories import MemoryStore


@dataclass(frozen=True)
class Planned:
    """A proposal against the files as they are. `change` is None when there is nothing left to do."""

    proposal: Proposal
    file: str  # the memory that it is about, as it will be called
    change: Change | None
    before: Mapping[str, Memory] = field(default_factory=dict)  # what the change replaces or removes, by file
    stale: bool = False  # a target changed since it was proposed; `proposal` is brought in line with it
    note: str = ""  # why nothing is left to do
    fulfilled: bool = False  # the memories say already what it wants

    @property
    def after(self) -> bytes | None:
        """What `file` will hold; None when it will be gone, or nothing changes."""
        operations = self.change.operations if self.change else ()
        return next((o.content for o in operations if isinstance(o, Write) and o.file == self.file), None)


def plan(store: MemoryStore, proposal: Proposal, now: float) -> Planned:
    """What accepting `proposal` at `now` writes. A stale one is brought in line with what is there now.

    Raises NotFound or Damaged when a target cannot be read.
    """
    if proposal.kind.is_skill:
        return _planned_skill(proposal)
    there = MemoriesByStem(store)
    fresh = in_line(proposal, there)
    if isinstance(fresh, Moot):
        return _nothing(proposal, fresh)
    try:
        file, operations, renames = _PLANNERS[fresh.operation](fresh, there, now)
    except (Refused, UsageError) as error:
        return _nothing(proposal, Moot(error.message, fulfilled=False))
    why = f"{fresh.operation} {fresh.name}, proposal {fresh.id}"
    change = Change("review", tuple(operations), renames, why, session=fresh.session)
    before = {o.file: store.read(o.file) for o in operations if o.expect}
    same = all(
        isinstance(o, Write) and o.file in before and o.content == before[o.file].raw for o in operations
    )
    if same:
        return _nothing(fresh, Moot(says_already(fresh.name)))
    return Planned(fresh, file, change, before, fresh != proposal)


def _planned_skill(proposal: Proposal) -> Planned:
    """What accepting a skill writes, against the file that is there. Raises MemctlError (unreadable)."""
    path = path_of(proposal.file)
    try:
        raw: bytes | None = files.read_regular(path, files.BODY_MAX)[0]
    except (FileNotFoundError, NotADirectoryError):
        raw = None
    except OSError as error:
        raise MemctlError(f"{path}: {error.strerror}", hint="move it away by hand") from None
    after = skill_md.encode(proposal.name, proposal.description, proposal.body)
    if raw == after:
        return replace(_nothing(proposal, Moot(says_already(proposal.name))), file=proposal.file)
    there = None if raw is None else topic.decode(raw, proposal.file)
    fresh = replace(proposal, targets=(Target(proposal.name, there.fingerprint),) if there else ())
    write = Write.over(there, after) if there else Write(proposal.file, after)
    why = f"{fresh.operation} {fresh.name}, proposal {fresh.id}"
    change = Change("review", (write,), why=why, session=fresh.session)
    before = {proposal.file: there} if there else {}
    return Planned(fresh, proposal.file, change, before, fresh != proposal)


def _nothing(proposal: Proposal, moot: Moot) -> Planned:
    return Planned(
        proposal, proposal.name + ".md", None, stale=True, note=moot.note, fulfilled=moot.fulfilled
    )


def sealed(planned: Planned) -> str:
    """What stands for all that accepting `planned` does, but for the time: the proposal, and each file that
    it writes or removes, one that only links to its target included, as it was read."""
    operations = planned.change.operations if planned.change else ()
    done = [(type(o).__name__, o.file, o.expect) for o in operations]
    renames = planned.change.renames if planned.change else ()
    return sha256(json.dumps([content(planned.proposal), done, renames]).encode()).hexdigest()


Operations = list[Write | Remove]
Made = tuple[str, Operations, tuple[tuple[str, str], ...]]
"""The file that the proposal is about, what is done, and what is renamed (old file, new file)."""


def _create(proposal: Proposal, there: MemoriesByStem, now: float) -> Made:
    return _made(_written(proposal, None, (), now))


def _update(proposal: Proposal, there: MemoriesByStem, now: float) -> Made:
    (target,) = there.named(proposal.targets)
    if _says_the_same(proposal, target):
        return _made(Write.over(target, target.raw))
    return _made(_written(proposal, target, (target,), now))


def _supersede(proposal: Proposal, there: MemoriesByStem, now: float) -> Made:
    """One memory that says what its targets said, or what counts instead; they are told so."""
    targets = there.named(proposal.targets)
    result = next((memory for memory in targets if memory.stem == proposal.name), None)
    carried = targets if len(targets) > 1 else ()  # of a single one nothing is taken over
    by = {target.name: target.by or proposal.name for target in proposal.targets}
    others = [memory for memory in targets if memory is not result]
    linking.check_order(there.store, {memory.stem: by[memory.stem] for memory in others})
    told = [Write.over(m, topic.rewrite(m, metadata=attribution.replaced(m, by))) for m in others]
    if result is not None and _says_the_same(proposal, result):
        marked = topic.rewrite(result, metadata={"supersedes": attribution.superseding(result, by)})
        return _made(Write.over(result, marked), *told)
    return _made(_written(proposal, result, carried, now), *told)


def _says_the_same(proposal: Proposal, memory: Memory) -> bool:
    is_retyped = proposal.retype not in ("", memory.type)
    return not is_retyped and (proposal.body, proposal.description) == (memory.body, memory.description)


def _split(proposal: Proposal, there: MemoriesByStem, now: float) -> Made:
    """What its target keeps, and a memory for each part, which is as old as it was."""
    (target,) = there.named(proposal.targets)
    origin = target.metadata.get("origin") or proposal.origin
    when = {key: attribution.time_of(target, key) for key in ("created", "modified")}
    about: dict[str, Value] = {"type": proposal.type, **when, "origin": str(origin), "splitFrom": target.stem}
    parts = [
        Write(f"{there.free(part.name)}.md", topic.encode(part.name, part.description, part.body, about))
        for part in proposal.parts
    ]
    kept = topic.rewrite(target, description=proposal.description, body=proposal.body)
    return _made(Write.over(target, kept), *parts)


def _delete(proposal: Proposal, there: MemoriesByStem, now: float) -> Made:
    (target,) = there.named(proposal.targets)
    change, _ = relocate.forget(there.store, [target.file])
    return target.file, list(change.operations), ()


def _annotate(proposal: Proposal, there: MemoriesByStem, now: float) -> Made:
    """A paragraph more at the end; not a byte of what is there changes, and code that it leaves open is
    closed. A second target gets it too, the link to it turned round."""
    target, *others = there.named(proposal.targets)
    said = proposal.fact.strip()
    told = [
        _with_paragraph(proposal, other, said.replace(f"[[{other.stem}]]", f"[[{target.stem}]]"), now)
        for other in others
    ]
    return _made(_with_paragraph(proposal, target, said, now), *told)


def _with_paragraph(proposal: Proposal, target: Memory, said: str, now: float) -> Write:
    eol = "\r\n" if "\r\n" in target.body else "\n"
    there = prose.closed(target.body)
    gap = "" if there.endswith(2 * eol) or not there else eol if there.endswith(eol) else 2 * eol
    body = there + gap + said.replace("\n", eol) + eol
    # a link says nothing new
    about = {} if proposal.is_dreamt else attribution.about(proposal, (target,), now)
    return Write.over(target, topic.rewrite(target, body=body, metadata=about))


def _rename(proposal: Proposal, there: MemoriesByStem, now: float) -> Made:
    change, _ = relocate.rename(there.store, proposal.targets[0].name, proposal.name)
    return change.renames[0][1], list(change.operations), change.renames


def _move(proposal: Proposal, there: MemoriesByStem, now: float) -> Made:
    """Its tier alone: what it says is as old as it was."""
    (target,) = there.named(proposal.targets)
    return _made(Write.over(target, moves.moved(target, proposal.tier)))


_PLANNERS: dict[str, Callable[[Proposal, MemoriesByStem, float], Made]] = {
    "create": _create,
    "update": _update,
    "supersede": _supersede,
    "delete": _delete,
    "merge": _supersede,
    "annotate": _annotate,
    "rename": _rename,
    "move": _move,
    "split": _split,
}


def _made(first: Write | Remove, *more: Write) -> Made:
    return first.file, [first, *more], ()


def _written(proposal: Proposal, target: Memory | None, carried: Sequence[Memory], now: float) -> Write:
    """The file with the proposal's own text, new or in place of `target`; `carried` are the memories whose
    evidence it takes over."""
    about = attribution.about(proposal, carried, now)
    if proposal.is_dreamt and len(carried) > 1:
        about["mergedFrom"] = [memory.stem for memory in carried]
    older = [*attribution.listed(target.metadata.get("supersedes") if target else None), *proposal.superseded]
    if proposal.superseded:
        about["supersedes"] = older[0] if len(older) == 1 else list(dict.fromkeys(older))
    if target is None:
        content = topic.encode(proposal.name, proposal.description, proposal.body, _as_new(proposal, about))
        return Write(proposal.name + ".md", content, None)
    about |= _as_it_was(proposal, target)
    content = topic.rewrite(target, description=proposal.description, body=proposal.body, metadata=about)
    return Write.over(target, content)


def _as_new(proposal: Proposal, about: Mapping[str, Value]) -> dict[str, Value]:
    """`about`, with what only the header of a new memory says."""
    session: dict[str, Value] = {"originSessionId": proposal.session} if proposal.session else {}
    return {"type": proposal.type, "created": about["modified"], **about, **session}


def _as_it_was(proposal: Proposal, target: Memory) -> dict[str, Value]:
    """What the header of `target` goes on to say, or says of what it was."""
    about: dict[str, Value] = {"full": proposal.full} if proposal.full else {}
    if proposal.full or proposal.is_dreamt:
        about["modified"] = times.write(target.modified)  # it says nothing new: it is as old as it was
    if proposal.retype not in ("", target.type):
        about["type"] = proposal.retype
    return about


def edited(proposal: Proposal, content: bytes) -> Proposal:
    """`proposal` with what the person wrote in the editor: `content` is a topic file.

    The name follows the header for a new memory and stays for an existing one, which then gets the whole
    text. Raises NotFound when the text was emptied, which means that nothing is to be saved.
    """
    memory = topic.decode(content, proposal.name + ".md")
    if proposal.kind.is_skill and memory.name != proposal.name:
        raise Refused(
            "the name of a skill is that of its folder", hint="draft it anew with --name", slug="name"
        )
    if not memory.body.strip():
        raise NotFound("the text is empty", hint="reject the proposal instead")
    return reworded(
        proposal,
        memory.name,
        memory.type or proposal.type,
        memory.description[:150],
        memory.body.lstrip("\n"),
    )


def reworded(proposal: Proposal, name: str, type_: str, description: str, body: str) -> Proposal:
    """`proposal` with what the person says instead; `name` counts for a memory that is not there yet."""
    return replace(
        proposal,
        operation="update" if proposal.kind.adds else proposal.operation,
        name=name if proposal.is_new else proposal.name,
        description=description or proposal.description,
        body=body,
        type=type_,
        retype="" if proposal.is_new or proposal.kind.is_skill else type_,
        statement="",
        findings=(),
    )
