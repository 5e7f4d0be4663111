"""What a model writes through the memory tool, as the bytes of a topic file.

Of a header it may say name, description and type. Where a memory comes from, what it rests on and whether it
is pinned is not the model's to say.
"""

from memctl.domain import times
from memctl.domain.memory import Memory
from memctl.format import header, topic
from memctl.services.write.authority import refuse_smuggled
from memctl.text import naming

TOOL = "memory"
"""`metadata.tool` of a file whose header memctl made: the model goes on seeing the file without it."""


def is_bare(memory: Memory) -> bool:
    """Whether the model sees only the body: the header is memctl's."""
    return memory.metadata.get("tool") == TOOL


def seen(memory: Memory) -> str:
    """What the model sees of a file: all of it, or what it wrote when the header is memctl's."""
    return memory.body if is_bare(memory) else memory.raw.decode("utf-8", "replace")


def fresh(name: str, text: str, now: float) -> bytes:
    """The bytes of a new file. Of a header that the model wrote, name, description and type are kept:
    where a memory comes from and what it rests on is not the model's to say."""
    stamp = times.write(now)
    keys = {"type": "project", "created": stamp, "modified": stamp, "origin": "agent"}
    head = header.read(text.encode("utf-8", "surrogatepass"))
    if head.start >= 0 and head.keys and not head.damage:
        given = topic.decode(text.encode("utf-8", "surrogatepass"), name + ".md")
        keys["type"] = given.type or "project"
        described = given.description or naming.make_description(given.body) or name
        return topic.encode(given.name, described, given.body, keys)
    keys["tool"] = TOOL
    described = naming.make_description(text) if text.strip() else name
    return topic.encode(name, described, text, keys)


def edited(memory: Memory, text: str, now: float) -> bytes:
    """The bytes of `memory` after the model changed what it sees of it to `text`. Raises Refused, Damaged."""
    if not is_bare(memory):
        return _own(memory, text)
    described = naming.make_description(text) if text.strip() else memory.name
    return topic.rewrite(memory, description=described, body=text, metadata={"modified": times.write(now)})


def _own(memory: Memory, text: str) -> bytes:
    """The bytes of `memory` with the name, description, type and body that `text` gives.

    Raises Refused when `text` says anything else in its header, Damaged where the header cannot be read.
    """
    raw = text.encode("utf-8", "surrogatepass")
    if header.read(raw).start < 0 and header.read(memory.raw).start < 0:
        return raw
    given = topic.decode(raw, memory.file)
    refuse_smuggled(memory, given)
    changed = {"type": given.type} if given.type and given.type != memory.type else {}
    return topic.rewrite(
        memory,
        name=given.name if given.name != memory.name else None,
        description=given.description if given.description != memory.description else None,
        body=given.body,
        metadata=changed,
    )
