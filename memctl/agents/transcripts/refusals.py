"""What a person typed instead of allowing a tool call: Claude Code writes it into that call's result.

The sentence before it is no proof, since a tool's output may hold it too. The result must be an error that
begins with it, and the record's own `toolUseResult`, which no tool fills, must say the same: "User rejected
tool use" (2.1.31 and later), or the error again (2.1.7 to 2.1.42), which it also repeats of a tool that
fails. There a tool of the client's own begins with what failed ("Exit code 1"), but one of an MCP server
says what it likes: such a reply is left a tool's.
"""

import re
from dataclasses import replace
from typing import Any

from memctl.agents.transcripts import answers, fields
from memctl.domain.transcript import Turn

CALLS_MAX = 1_000
"""Calls that wait for their result: a client makes a few at a time."""

_REPLY = re.compile(
    r"The user doesn't want to (?:proceed with this tool use|take this action right now)\."
    r" The tool use was rejected"
    r"[^\n]{0,200}?\. To tell you how to proceed, the user said:\s*(?P<said>.*)\Z",
    re.DOTALL,
)
_HINT = "\n\nNote: The user's next message may contain a correction or preference."
_ASKED = "The user wants to clarify these questions."
"""How a text begins that the client writes when its own question was not answered."""

_STOPPED = "[Request interrupted by user for tool use]"
_REFUSED = "User rejected tool use"

_NOT_RUN = re.compile(r"The user doesn't want to (?:proceed with this tool use|take this action right now)\.")


def is_refused(result: dict[str, Any]) -> bool:
    """Whether the call was refused, so that nothing ran: its error is no failure of the tool's."""
    return result.get("is_error") is True and bool(_NOT_RUN.match(fields.blocks_text(result.get("content"))))


class Calls:
    """The tool calls that were made and not answered yet, in the order of the conversation."""

    def __init__(self, held: object = None) -> None:
        """`held`: what `open` gave, to go on from there."""
        before = fields.mapping(held)
        self._names: dict[str, str] = dict(fields.mapping(before.get("names")))
        self._asked: dict[str, object] = dict(fields.mapping(before.get("asked")))  # the questions of calls
        self._stopped = before.get("stopped") is True

    def open(self) -> dict[str, object]:
        """The calls that wait, as JSON can hold them."""
        return {"names": self._names, "asked": self._asked, "stopped": self._stopped}

    def made(self, call: dict[str, Any]) -> None:
        """Note a call, a block of the type `tool_use`."""
        made, name = fields.text_of(call.get("id")), fields.text_of(call.get("name"))
        self._names[made] = name
        if name == answers.TOOL:
            self._asked[made] = fields.mapping(call.get("input")).get("questions")
        if len(self._names) > CALLS_MAX:
            oldest = next(iter(self._names))
            del self._names[oldest]
            self._asked.pop(oldest, None)

    def said(self, result: dict[str, Any], noted: object) -> list[tuple[str, str]]:
        """(cue, text) of what the person said in `result`: answers to the client's questions, or what was
        typed when the call was refused. Nothing in any other result.

        `noted` is the record's `toolUseResult`.
        """
        made = fields.text_of(result.get("tool_use_id"))
        name, asked = self._names.pop(made, ""), self._asked.pop(made, None)
        if name == answers.TOOL and not result.get("is_error"):
            told = answers.answers(asked, fields.blocks_text(result.get("content")), noted)
            return [("answer", text) for text in told]
        reply = self._reply(result, name, noted)
        return [("refusal", reply)] if reply else []

    def cued(self, turn: Turn) -> Turn:
        """`turn`, marked where the person says it after they stopped the agent in a tool call."""
        if turn.role == "system" and turn.text.startswith(_STOPPED):
            self._stopped = True
        elif turn.origin == "person" and self._stopped:
            self._stopped = False
            return turn if turn.cue else replace(turn, cue="refusal")
        return turn

    def _reply(self, result: dict[str, Any], name: str, noted: object) -> str | None:
        """What the person typed when the call of `result` was refused."""
        text = fields.text_of(result.get("content"))
        found = _REPLY.match(text) if result.get("is_error") is True else None
        own = noted == _REFUSED or (
            name and not name.startswith("mcp__") and noted in (None, f"Error: {text}")
        )
        said = found["said"].partition(_HINT)[0].strip() if found and own else ""
        return said if said and not said.startswith(_ASKED) else None
