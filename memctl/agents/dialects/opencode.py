"""How memctl's own opencode plugin speaks."""

from memctl.agents.dialects import Dialect


class _Opencode(Dialect):
    events = (
        ("SessionStart", "start"),
        ("UserPromptSubmit", "prompt"),
        ("Stop", "turn"),
        ("PreCompact", "compact"),
        ("SessionEnd", "end"),
    )
    ends = False
    base = ("XDG_CONFIG_HOME", ".config")
    user_file = "opencode/plugins/memctl.js"
    project_file = ".opencode/plugins/memctl.js"
    user_instructions = "opencode/AGENTS.md"
    plugin = "opencode_plugin.js"

    def envelope(self, name: str, text: str) -> "dict[str, object]":
        """What the plugin puts before the model."""
        return {"context": text}


DIALECT = _Opencode()
