"""How Claude Code's hooks speak (measured on 2.1.328; docs/reference/hooks.md)."""

from memctl.agents.dialects import Dialect


class _ClaudeCode(Dialect):
    events = (
        ("SessionStart", "start"),
        ("UserPromptSubmit", "prompt"),
        ("Stop", "turn"),
        ("SubagentStop", "turn"),
        ("PreCompact", "compact"),
        ("SessionEnd", "end"),
    )
    base = ("CLAUDE_CONFIG_DIR", ".claude")
    user_file = "settings.json"
    project_file = ".claude/settings.local.json"  # the one that Claude Code keeps out of git


DIALECT = _ClaudeCode()
