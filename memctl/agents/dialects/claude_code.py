"""How Claude Code's hooks speak (measured on 2.1.328; docs/reference/hooks.md). Hot path: imports nothing."""

NAME = "claude-code"

EVENTS = {
    "SessionStart": "start",
    "UserPromptSubmit": "prompt",
    "Stop": "turn",
    "SubagentStop": "turn",
    "PreCompact": "compact",
    "SessionEnd": "end",
}
"""Host event -> what memctl does. In this order they are written into the settings."""

MAX_BYTES = 0
"""UTF-8 bytes of context that the host keeps in place; 0 where only characters are counted."""

ENDS = True
"""Whether the host tells when a session ends; where it does not, every turn may be the last."""


def prompt(event: "dict[str, object]") -> object:
    """What the person typed."""
    return event.get("prompt")


def session(event: "dict[str, object]") -> object:
    """The id of the conversation."""
    return event.get("session_id")


def envelope(name: str, text: str) -> "dict[str, object]":
    """The answer that puts `text` before the model, for the host event `name`."""
    return {"hookSpecificOutput": {"hookEventName": name, "additionalContext": text}}
