"""How Gemini CLI's hooks speak: only JSON on stdout, timeouts in milliseconds. Measured on 0.61.0."""

from memctl.agents.dialects import Dialect

_CONTEXT_END = "</hook_context>"


class _Gemini(Dialect):
    events = (  # without PreCompress, which fires before every turn, whether or not anything is compressed
        ("SessionStart", "start"),
        ("BeforeAgent", "prompt"),
        ("AfterAgent", "turn"),
        ("SessionEnd", "end"),
    )
    base = ("", ".gemini")
    user_file = "settings.json"
    project_file = ".gemini/settings.json"
    user_instructions = project_instructions = "GEMINI.md"
    comments = True

    def prompt(self, event: "dict[str, object]") -> object:
        """Without the context that the host put in front of what was typed at the session's start."""
        text = event.get("prompt")
        if isinstance(text, str) and text.startswith("<hook_context>") and _CONTEXT_END in text:
            return text[text.rindex(_CONTEXT_END) + len(_CONTEXT_END) :].lstrip()
        return text

    def entry(self, command: str, seconds: int) -> "dict[str, object]":
        """With a name, which Gemini CLI shows."""
        hook = {"name": "memctl", "type": "command", "command": command, "timeout": seconds * 1000}
        return {"hooks": [hook]}


DIALECT = _Gemini()
