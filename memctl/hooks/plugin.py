"""The opencode plugin: one small file that passes opencode's events to `memctl hook opencode`."""

import json
import os
from importlib import resources

from memctl.errors import Refused
from memctl.hooks import detached, install

MARK = "// memctl plugin"
"""How a file of memctl's own is recognised, of any version."""


def path(root: str | None) -> str:
    """Where opencode looks for plugins: the user's own, or the project's when `root` is given."""
    if root:
        return install.inside(os.path.join(root, ".opencode", "plugins", "memctl.js"), root)
    base = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    return os.path.realpath(os.path.join(base, "opencode", "plugins", "memctl.js"))


def text() -> str:
    """The plugin with this installation's command in it."""
    source = resources.files("memctl.data").joinpath("opencode_plugin.js").read_text("utf-8")
    return source.replace('["memctl", "hook", "opencode"]', json.dumps(detached.command("hook", "opencode")))


def plan(root: str | None, *, remove: bool = False) -> install.FilePlan:
    """What installing or removing the plugin would change. Raises Refused for a file that is not memctl's."""
    file = path(root)
    before = install.read(file)
    if before is not None and not before.startswith(MARK):
        raise Refused(f"{file} is not memctl's plugin", hint="rename it; nothing was written", slug="exists")
    return install.FilePlan(file, before, None if remove else text())
