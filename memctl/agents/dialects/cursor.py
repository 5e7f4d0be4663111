"""How Cursor's hooks speak, by its published schema (docs/reference/hooks.md). Hot path: imports nothing."""

NAME = "cursor"

EVENTS = {
    "sessionStart": "start",
    "beforeSubmitPrompt": "prompt",
    "stop": "turn",
    "subagentStop": "turn",
    "preCompact": "compact",
    "sessionEnd": "end",
}

MAX_BYTES = 0
ENDS = True


def prompt(event: "dict[str, object]") -> object:
    """What the person typed."""
    return event.get("prompt")


def session(event: "dict[str, object]") -> object:
    """The id of the conversation; older versions name it only `conversation_id`."""
    return event.get("conversation_id") or event.get("session_id")


def envelope(name: str, text: str) -> "dict[str, object]":
    """The answer that puts `text` before the model: a top-level key, as Cursor has it."""
    answer: dict[str, object] = {"additional_context": text}
    return {"continue": True, **answer} if name == "beforeSubmitPrompt" else answer
