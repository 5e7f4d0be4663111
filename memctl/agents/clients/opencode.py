"""opencode as a plain model: an agent of memctl's that may do nothing, asked with its small model."""

import json
import subprocess

from memctl.errors import ModelFailed
from memctl.llm import child
from memctl.llm.client import Call, Client
from memctl.llm.provider import Prompt

_OPENCODE = {
    "OPENCODE_DB": ":memory:",
    "OPENCODE_DISABLE_PROJECT_CONFIG": "1",
    "OPENCODE_DISABLE_CLAUDE_CODE": "1",
    "OPENCODE_DISABLE_AUTOUPDATE": "1",
}
"""Variables of opencode 1.18: the session is kept nowhere, no project's settings or CLAUDE.md are read."""


def _opencode(prompt: Prompt, model: str, folder: str) -> Call:
    settings = _opencode_settings(folder)
    chosen = model or settings.get("small_model")
    if not isinstance(chosen, str) or not chosen:
        raise ModelFailed(
            "opencode's settings name no small_model",
            hint="set small_model in opencode.json, or: memctl config set own_model opencode=PROVIDER/MODEL",
            slug="no-small-model",
        )
    agent = {"mode": "primary", "prompt": prompt.system, "permission": {"*": "deny"}, "tools": {"*": False}}
    servers = settings.get("mcp")
    off = {name: {"enabled": False} for name in servers} if isinstance(servers, dict) else {}
    own = {"agent": {"memctl": agent}, "share": "disabled", "mcp": off}
    arguments = ["run", "--pure", "--agent", "memctl", "--title", "memctl", "-m", chosen]
    return Call(arguments, prompt.user, {**_OPENCODE, "OPENCODE_CONFIG_CONTENT": json.dumps(own)})


def _opencode_settings(folder: str) -> dict[str, object]:
    """What opencode itself makes of the person's settings; empty when it does not say."""
    try:
        done = subprocess.run(
            [child.program("opencode", "not-installed"), "--pure", "debug", "config"],
            cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, timeout=30, check=False,
            env=child.environment_of(_OPENCODE),
        )  # fmt: skip
        found = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return {}
    return found if isinstance(found, dict) else {}


CLIENT = Client("opencode", "opencode run", "", "the provider of its small_model", _opencode)
