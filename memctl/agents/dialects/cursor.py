"""How Cursor's hooks speak, by its published schema (docs/reference/hooks.md)."""

from memctl.agents.dialects import Dialect


class _Cursor(Dialect):
    events = (
        ("sessionStart", "start"),
        ("beforeSubmitPrompt", "prompt"),
        ("stop", "turn"),
        ("subagentStop", "turn"),
        ("preCompact", "compact"),
        ("sessionEnd", "end"),
    )
    base = ("", ".cursor")
    user_file = "hooks.json"
    project_file = ".cursor/hooks.json"
    fresh = '{\n  "version": 1\n}'

    def session(self, event: "dict[str, object]") -> object:
        """Older versions name it only `conversation_id`."""
        return event.get("conversation_id") or event.get("session_id")

    def envelope(self, name: str, text: str) -> "dict[str, object]":
        """A top-level key, as Cursor has it."""
        answer: dict[str, object] = {"additional_context": text}
        return {"continue": True, **answer} if name == "beforeSubmitPrompt" else answer

    def entry(self, command: str, seconds: int) -> "dict[str, object]":
        """Without a group around it."""
        return {"command": command, "timeout": seconds}


DIALECT = _Cursor()
