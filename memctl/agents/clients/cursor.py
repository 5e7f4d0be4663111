"""Cursor's command line as a plain model, by its documentation: it cannot be run without an account."""

from memctl.llm.client import Call, Client
from memctl.llm.provider import Prompt


def _cursor(prompt: Prompt, model: str, folder: str) -> Call:
    arguments = ["-p", "--mode", "ask", "--trust", "--output-format", "json", "--model", model]
    return Call(arguments, f"{prompt.system}\n\n{prompt.user}\n")


CLIENT = Client("cursor-agent", "cursor-agent -p", "auto", "Cursor", _cursor)
"""Cursor names no small model; `auto` is its own choice, which its plans count least."""
