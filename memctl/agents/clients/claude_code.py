"""Claude Code as a plain model, as `llm` has it ready-made."""

from memctl.llm.client import CLAUDE

CLIENT = CLAUDE
