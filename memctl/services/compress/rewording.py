"""A body made shorter by a model: asked, counted, asked once more with what was lost, else refused.

Code is not sent: each block is a mark that the answer has to keep. What comes back is data, and is taken only
where nothing that must stay is lost and nothing was added.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from memctl.domain.memory import Memory
from memctl.errors import MemctlError
from memctl.format import prose
from memctl.llm import prompts
from memctl.llm.provider import Prompt, Provider
from memctl.services import guard
from memctl.services.compress.cuts import Shorter, counted
from memctl.services.context.block import tokens
from memctl.services.coverage.particulars import BLOCKS
from memctl.services.coverage.retention import Sources

DEADLINE = 180.0
"""Seconds that one answer may take."""

TRIES = 2
"""Times that a model is asked about one memory."""

SCHEMA = {
    "type": "object",
    "properties": {"body": {"type": "string"}},
    "required": ["body"],
    "additionalProperties": False,
}

Loss = tuple[str, str]
"""A class and the words that are lost, or were added."""


class Lossy(MemctlError):
    """No answer kept enough: what the last one lost, and what it added."""

    slug = "lossy"

    def __init__(self, name: str, lost: list[Loss], added: list[Loss], note: str = "") -> None:
        parts = [note] * bool(note)
        parts += [f"loses {kind}: {text}" for kind, text in lost]
        parts += [f"adds {kind}: {text}" for kind, text in added]
        super().__init__(
            f"{name}: no shorter text kept what it must\n" + "\n".join(f"  {part}" for part in parts),
            hint="--engine rules leaves out whole sentences only",
        )
        self.lost, self.added, self.note = lost, added, note


@dataclass(frozen=True)
class _Judged:
    shorter: Shorter
    lost: list[Loss]
    added: list[Loss]
    note: str

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.added or self.note)


def reword(memory: Memory, target: int, provider: Provider) -> Shorter:
    """The body of `memory` as a model shortens it to about `target` tokens. Raises ModelFailed, Lossy."""
    judged: _Judged | None = None
    for _ in range(TRIES):
        lost, added = (judged.lost, judged.added) if judged else ([], [])
        reply = provider.ask(prompt(memory, target, lost, added), DEADLINE)
        said = reply.data.get("body")
        judged = _judged(memory, said if isinstance(said, str) else "")
        if judged.is_good:
            return judged.shorter
    assert judged is not None
    raise Lossy(memory.stem, judged.lost, judged.added, judged.note)


def prompt(memory: Memory, target: int, lost: Iterable[Loss] = (), added: Iterable[Loss] = ()) -> Prompt:
    """What is sent about `memory`; also what `--dry-run` shows."""
    about = f"description: {prompts.line(guard.redact(memory.description))}\nat most {target} tokens"
    parts = [prompts.fence("about", about), prompts.fence("note", _shown(_marked(memory.body)[0]))]
    for label, items in (("lost", lost), ("added", added)):
        lines = [f"{kind}: {prompts.line(guard.redact(text))}" for kind, text in items]
        if lines:
            parts.append(prompts.fence(label, "\n".join(lines)))
    return Prompt("compress", prompts.instructions("compress"), "\n\n".join(parts), SCHEMA, max_tokens=8_000)


def _judged(memory: Memory, said: str) -> _Judged:
    """The answer `said` with its blocks put back, counted both ways."""
    text, blocks = _marked(memory.body)
    for mark, block in blocks.items():
        said = said.replace(mark, block.rstrip("\n"))
    body = _restored(said, text).strip() + "\n"
    kept = counted(memory.description, memory.body, body)
    lost = [(one.name, item) for one in kept.lacking for item in one.lost]
    lost += [(one.name, item) for one in kept.classes if one.name == BLOCKS for item in one.lost]
    added = Sources([memory.description, memory.body]).added(body)
    note = "" if tokens(body) < tokens(memory.body) else "is not shorter"
    return _Judged(Shorter(body, kept), lost, added, note if body.strip() else "says nothing")


def _marked(body: str) -> tuple[str, dict[str, str]]:
    """`body` with a mark for each block of code, and what each stands for."""
    parts, blocks, at = [], dict[str, str](), 0
    for unit in prose.units(body):
        if unit.kind == "code":
            mark = f"[block {len(blocks) + 1}]"
            blocks[mark] = body[unit.start : unit.stop]
            parts += [body[at : unit.start], mark, "\n"]
            at = unit.stop
    return "".join([*parts, body[at:]]), blocks


def _shown(text: str) -> str:
    return prompts.block(guard.redact(text))


def _restored(said: str, text: str) -> str:
    """An answer with the tags that were broken for the prompt made whole, where the memory had none so."""
    return said if "‹" in text else said.replace("‹", "<")
