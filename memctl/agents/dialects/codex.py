"""How Codex's hooks speak: Claude Code's shapes under a strict schema. Measured on 0.169.0."""

from memctl.agents.dialects import Dialect


class _Codex(Dialect):
    events = (
        ("SessionStart", "start"),
        ("UserPromptSubmit", "prompt"),
        ("Stop", "turn"),
        ("SubagentStop", "turn"),
        ("PreCompact", "compact"),
    )
    ends = False
    max_bytes = 9_800  # it keeps 2,500 tokens of four bytes each in place, and puts a longer text into a file
    base = ("CODEX_HOME", ".codex")
    user_file = "hooks.json"
    project_file = ".codex/hooks.json"
    user_instructions = "AGENTS.md"
    note = "Codex runs a new hook only once you have approved it: confirm it in codex under /hooks."


DIALECT = _Codex()
