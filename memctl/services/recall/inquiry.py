"""What a model, or any chat, is asked about memories: the prompt that has queries anticipated.

Each memory stands in a fence of its own, secrets replaced. A provider is asked about a batch, by number; a
chat about all of them, by name, since nobody knows the numbers any more when its answer comes.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from memctl.domain.memory import Memory
from memctl.format.caption import says_nothing
from memctl.llm import prompts
from memctl.llm.provider import Prompt

BODY_MAX = 4_000
"""Characters of one body that are sent: its head and tail; nine of ten memories are shorter."""

BATCH_MEMORIES = 15
BATCH_CHARS = 26_000
"""One request: enough memories that the instructions cost little, few enough that the answer is not cut."""

SENT = (
    f"name, type, description and body (of one over {BODY_MAX:,} characters the first {BODY_MAX * 3 // 4:,}"
    f" and the last {BODY_MAX // 4:,}), secrets replaced"
)
"""What of each memory stands in a prompt, in words."""

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)

Redact = Callable[[str], str]


@dataclass(frozen=True)
class Asked:
    """One memory that is asked about, and in which languages prompts are wanted; () leaves that open."""

    memory: Memory
    languages: tuple[str, ...] = ()

    @property
    def wants_description(self) -> bool:
        """Whether its description is missing or says nothing."""
        return bool(self.memory.body.strip()) and is_poor(self.memory)


def is_poor(memory: Memory) -> bool:
    """Whether the description of `memory` is missing or says nothing."""
    return says_nothing(memory.description, memory.stem)


def batches(asked: Mapping[str, Asked], size: int = BATCH_MEMORIES) -> Iterator[dict[str, Asked]]:
    """`asked`, by key, cut into batches of at most `size` memories and BATCH_CHARS characters."""
    batch: dict[str, Asked] = {}
    chars = 0
    for key, one in asked.items():
        long = min(len(one.memory.body), BODY_MAX) + len(one.memory.description)
        if batch and (len(batch) >= size or chars + long > BATCH_CHARS):
            yield batch
            batch, chars = {}, 0
        batch[key] = one
        chars += long
    if batch:
        yield batch


def prompt(asked: Sequence[Asked], redact: Redact) -> Prompt:
    """The request for one batch: its memories numbered from 1."""
    blocks = [_block(one, number, str(number), redact) for number, one in enumerate(asked, 1)]
    return prompts.enrich("\n\n".join(blocks))


def for_chat(asked: Sequence[Asked], redact: Redact) -> str:
    """The whole text for a chat: instructions, and the memories by name."""
    blocks = [_block(one, n, shown_name(one.memory, redact), redact) for n, one in enumerate(asked, 1)]
    request = prompts.enrich("\n\n".join(blocks))
    return f"{request.system}\n\n{request.user}\n"


def shown_name(memory: Memory, redact: Redact) -> str:
    """The name by which a chat knows `memory`."""
    return prompts.line(redact(memory.stem))


def _block(one: Asked, number: int, name: str, redact: Redact) -> str:
    memory = one.memory
    lines = [f"id: {name}", f"{prompts.line(redact(memory.name))} ({memory.type or 'memory'})"]
    if one.languages:
        lines.append("prompts in: " + ", ".join(one.languages))
    if one.wants_description:
        lines.append("description: wanted")
    lines.append(prompts.line(redact(memory.description)))
    body = prompts.block(prompts.clip(redact(_text(memory)), BODY_MAX))
    return prompts.fence(f"memory-{number}", "\n".join(lines) + f"\n\n{body}")


def _text(memory: Memory) -> str:
    """The body without its HTML comments, which no reader of the page sees: banners would crowd out the rest.

    Clipped before the secrets are looked for, since a body may be megabytes, but so wide that none is cut in
    two where it would then be sent.
    """
    return _COMMENT.sub("", prompts.clip(memory.body, 8 * BODY_MAX)).strip()
