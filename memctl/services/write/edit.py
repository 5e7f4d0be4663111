"""`edit`: a whole topic file as a person left it, checked as any other write is."""

from memctl.agents.actor import actor
from memctl.domain import times
from memctl.domain.change import Change, Write
from memctl.domain.memory import Memory
from memctl.format import topic
from memctl.services import guard
from memctl.services.write.draft import Draft


def draft(memory: Memory, edited: bytes, allow_secret: frozenset[str], now: float) -> Draft:
    """What writing `edited` in the place of `memory` means. Raises Refused."""
    if edited == memory.raw:
        return Draft("unchanged", memory, None, ())
    new = topic.decode(edited, memory.file, now)
    findings = guard.check_topic(new, memory, allow_secret=allow_secret)
    guard.refuse_if_errors(findings)
    if new.metadata.get("modified") == memory.metadata.get("modified") and not new.warnings:
        edited = topic.rewrite(new, metadata={"modified": times.write(now)})
        new = topic.decode(edited, memory.file, now)
    operation = Write(memory.file, edited, memory.fingerprint)
    change = Change("edit", (operation,), why=f"edited {memory.stem}", actor=actor())
    return Draft("updated", new, change, tuple(f.message for f in findings))
