"""`edit`: a whole topic file as a person left it, checked as any other write is."""

from memctl.domain import times
from memctl.domain.change import Change, Write
from memctl.domain.memory import Memory
from memctl.domain.proposal import weakest
from memctl.format import topic
from memctl.services.write.authority import refuse_smuggled
from memctl.services.write.draft import Draft


def draft(memory: Memory, edited: bytes, now: float, origin: str) -> Draft:
    """What writing `edited` in the place of `memory` means; `origin` is whose words the new ones are.

    Raises Refused when an agent says more in the header than is its to say.
    """
    if edited == memory.raw:
        return Draft("unchanged", memory.file, None, ())
    new = topic.decode(edited, memory.file, now)
    if new.metadata.get("modified") == memory.metadata.get("modified") and not new.warnings:
        edited = topic.rewrite(new, metadata={"modified": times.write(now)})
    if origin != "person":
        refuse_smuggled(memory, new)
        least = weakest((str(memory.metadata.get("origin")), origin)) or origin
        edited = topic.rewrite(topic.decode(edited, memory.file, now), metadata={"origin": least})
    change = Change("edit", (Write.over(memory, edited),), why=f"edited {memory.stem}")
    return Draft("updated", memory.file, change, ())
