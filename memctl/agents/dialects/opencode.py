"""How memctl's own opencode plugin speaks. Hot path: imports only the module whose shapes it shares."""

from memctl.agents.dialects import claude_code

NAME = "opencode"

EVENTS = {
    "SessionStart": "start",
    "UserPromptSubmit": "prompt",
    "Stop": "turn",
    "PreCompact": "compact",
    "SessionEnd": "end",
}

MAX_BYTES = 0
ENDS = False

prompt = claude_code.prompt
session = claude_code.session


def envelope(name: str, text: str) -> "dict[str, object]":
    """The answer that the plugin puts before the model."""
    return {"context": text}
