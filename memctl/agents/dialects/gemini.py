"""How Gemini CLI's hooks speak: only JSON on stdout, timeouts in milliseconds. Measured on 0.61.0.

Hot path: imports nothing but the module whose shapes it shares.
"""

from memctl.agents.dialects import claude_code

NAME = "gemini"

EVENTS = {
    "SessionStart": "start",
    "BeforeAgent": "prompt",
    "AfterAgent": "turn",
    "SessionEnd": "end",
}
"""PreCompress is left out: it fires before every turn, whether or not anything is compressed."""

MAX_BYTES = 0
ENDS = True

_CONTEXT_END = "</hook_context>"

session = claude_code.session
envelope = claude_code.envelope


def prompt(event: "dict[str, object]") -> object:
    """What the person typed, without the context that the host put in front of it at the session's start."""
    text = event.get("prompt")
    if isinstance(text, str) and text.startswith("<hook_context>") and _CONTEXT_END in text:
        return text[text.rindex(_CONTEXT_END) + len(_CONTEXT_END) :].lstrip()
    return text
