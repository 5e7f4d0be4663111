"""How Codex's hooks speak: Claude Code's shapes under a strict schema. Measured on 0.169.0.

Hot path: imports nothing but the module whose shapes it shares.
"""

from memctl.agents.dialects import claude_code

NAME = "codex"

EVENTS = {
    "SessionStart": "start",
    "UserPromptSubmit": "prompt",
    "Stop": "turn",
    "SubagentStop": "turn",
    "PreCompact": "compact",
}

MAX_BYTES = 9_800
"""Codex keeps 2,500 tokens of four bytes each in place and sets a longer text aside in a file."""

ENDS = False

prompt = claude_code.prompt
session = claude_code.session
envelope = claude_code.envelope
