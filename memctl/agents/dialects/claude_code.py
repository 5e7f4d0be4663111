"""How Claude Code's hooks speak, and when it loads the index itself (measured on 2.1.328;
docs/reference/hooks.md).

On the hot path: imports nothing but os and hot modules.
"""

import os

from memctl.agents.dialects import Dialect
from memctl.store.state import bases, resolve

MANAGED = (
    "/etc/claude-code/managed-settings.json",
    "/Library/Application Support/ClaudeCode/managed-settings.json",
)
"""The organisation's settings, which are stronger than all others."""


class _ClaudeCode(Dialect):
    events = (
        ("SessionStart", "start"),
        ("UserPromptSubmit", "prompt"),
        ("Stop", "turn"),
        ("SubagentStop", "turn"),
        ("PreCompact", "compact"),
        ("SessionEnd", "end"),
    )
    tells = True
    base = ("CLAUDE_CONFIG_DIR", ".claude")
    user_file = "settings.json"
    project_file = ".claude/settings.local.json"  # the one that Claude Code keeps out of git
    user_instructions = project_instructions = "CLAUDE.md"

    def loads(self, directory: str, root: str, cwd: str) -> bool:
        """Its auto memory loads the index of its own folder, unless it is off.

        A project's settings are read too: they decide nothing here but whether a text is said twice.
        """
        enabled, named = _settings(os.environ.get("CLAUDE_PROJECT_DIR") or cwd)
        if not _enabled(enabled) or os.environ.get("CLAUDE_CODE_PROJECT_DIR_NAME"):
            return False
        own = (
            os.environ.get("CLAUDE_COWORK_MEMORY_PATH_OVERRIDE")
            or named
            or bases.claude_now(resolve.slug(root))
        )
        try:
            return os.path.samefile(os.path.expanduser(own), directory)
        except OSError:
            return False


def _enabled(setting: object) -> bool:
    """Whether auto memory is on: its variable decides before the settings do."""
    disabled = os.environ.get("CLAUDE_CODE_DISABLE_AUTO_MEMORY", "").strip().lower()
    if disabled:
        return disabled in ("0", "false", "no", "off")
    if os.environ.get("CLAUDE_CODE_SIMPLE"):
        return False
    if os.environ.get("CLAUDE_CODE_REMOTE") and not os.environ.get("CLAUDE_CODE_REMOTE_MEMORY_DIR"):
        return False
    return setting is not False


def _settings(project: str) -> "tuple[object, str]":
    """`autoMemoryEnabled` (None where nobody says) and `autoMemoryDirectory` ("") as the client reads them:
    the organisation's before the project's local ones, its shared ones, and the person's."""
    own = [os.path.join(project, ".claude", name) for name in ("settings.local.json", "settings.json")]
    enabled: object = None
    directory: object = None
    for file in (*MANAGED, *own, os.path.join(bases.claude_config(), "settings.json")):
        found = resolve.read_json(file, b'"autoMemory')
        enabled = found.get("autoMemoryEnabled") if enabled is None else enabled
        directory = found.get("autoMemoryDirectory") if directory is None else directory
    return enabled, directory if isinstance(directory, str) else ""


DIALECT = _ClaudeCode()
