"""A plugin of memctl's own, put in place as a whole file, for a host that takes code in place of settings."""

import json
import os
from dataclasses import dataclass
from importlib import resources

from memctl.agents.dialects import Dialect
from memctl.errors import Refused
from memctl.hooks import detached, targets
from memctl.hooks.rewrite import Rewrite, read

MARK = "// memctl plugin"
"""How a file of memctl's own is recognised, of any version."""


@dataclass(frozen=True)
class PluginPlan(Rewrite):
    """A change of the file; its folder, and the one of all that is the host's, go with it when they are
    empty then."""

    def _write(self) -> None:
        super()._write()
        if self.after is None:
            folder = os.path.dirname(self.path)
            try:
                os.rmdir(folder)
                os.rmdir(os.path.dirname(folder))
            except OSError:
                pass  # something else is in there


def plan(agent: str, dialect: Dialect, root: str | None, *, remove: bool) -> Rewrite:
    """What installing or removing the plugin would change. Raises Refused for a file that is not memctl's."""
    path = targets.path(dialect, root)
    before = read(path)
    if before is not None and not before.startswith(MARK):
        raise Refused(f"{path} is not memctl's plugin", hint="rename it; nothing was written", slug="exists")
    return PluginPlan(path, before, None if remove else _text(agent, dialect))


def _text(agent: str, dialect: Dialect) -> str:
    """The plugin with this installation's command in it."""
    source = resources.files("memctl.data").joinpath(dialect.plugin).read_text("utf-8")
    return source.replace(f'["memctl", "hook", "{agent}"]', json.dumps(detached.command("hook", agent)))
