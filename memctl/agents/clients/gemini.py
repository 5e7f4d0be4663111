"""Gemini CLI as a plain model: a policy of memctl's denies every tool."""

from memctl.llm.client import Call, Client, put
from memctl.llm.provider import Prompt

_DENY_ALL = '[[rule]]\ntoolName = "*"\ndecision = "deny"\npriority = 999\n'


def _gemini(prompt: Prompt, model: str, folder: str) -> Call:
    policy = put(folder, "deny.toml", _DENY_ALL)
    arguments = ["--output-format", "json", "-e", "none", "--allowed-mcp-server-names", "none"]
    arguments += ["--policy", policy, "--skip-trust", "-m", model, "-p", ""]
    return Call(arguments, prompt.user, {"GEMINI_SYSTEM_MD": put(folder, "instructions.md", prompt.system)})


CLIENT = Client("gemini", "gemini -p", "flash-lite", "Google", _gemini, "tokens")
"""`flash-lite` is its alias for the smallest model."""
