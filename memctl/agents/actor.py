"""Who runs this command: the person, or an agent in a shell of its own."""

import os

AGENT_MARKS = {
    "CLAUDECODE": "claude-code",
    "CODEX_SANDBOX": "codex",
    "GEMINI_CLI": "gemini",
    "CURSOR_AGENT": "cursor",
}
"""Variables that agents set in the shells they start: a memory saved there comes from the agent."""


def actor() -> str:
    """Who runs this command: an agent that marks its shells, else the person."""
    return next((agent for mark, agent in AGENT_MARKS.items() if os.environ.get(mark)), "memctl")
