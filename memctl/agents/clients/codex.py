"""Codex as a plain model: read-only, with its features that act switched off."""

import json
import os
import tomllib

from memctl.llm.client import Call, Client, put
from memctl.llm.provider import Prompt

_CODEX_OFF = (
    "hooks", "shell_tool", "unified_exec", "code_mode_host", "plugins", "apps", "memories", "goals",
    "multi_agent", "view_image", "image_generation", "browser_use", "computer_use",
)  # fmt: skip
"""Features of Codex 0.169 that act or remember. Tools that its code mode still lists to a model cannot run
without `code_mode_host`."""


def _codex(prompt: Prompt, model: str, folder: str) -> Call:
    instructions = put(folder, "instructions.md", prompt.system)
    settings = {
        "project_doc_max_bytes": "0",
        "web_search": '"disabled"',
        "model_reasoning_effort": '"low"',
        "skills.bundled.enabled": "false",
        "model_instructions_file": json.dumps(instructions),
        "mcp_servers": f"{{{', '.join(f'{name} = {{enabled = false}}' for name in _codex_servers())}}}",
    }
    arguments = ["exec", "--ephemeral", "--skip-git-repo-check", "--ignore-rules", "--color", "never"]
    arguments += ["--sandbox", "read-only", "-m", model]
    arguments += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    arguments += [word for feature in _CODEX_OFF for word in ("--disable", feature)]
    return Call([*arguments, "-"], prompt.user)


def _codex_servers() -> list[str]:
    """The MCP servers of the person's own Codex settings as TOML keys, to be switched off."""
    home = os.environ.get("CODEX_HOME") or os.path.join(os.path.expanduser("~"), ".codex")
    try:
        with open(os.path.join(home, "config.toml"), "rb") as file:
            found = tomllib.load(file).get("mcp_servers", {})
    except (OSError, tomllib.TOMLDecodeError):
        return []  # Codex itself will say what is wrong with it
    return [json.dumps(name) for name in found] if isinstance(found, dict) else []


CLIENT = Client("codex", "codex exec", "gpt-6-luna", "OpenAI", _codex, "tokens")
""""Fast and affordable" in Codex's own catalogue of models (`codex debug models`)."""
