"""What an agent's settings file says about memctl."""

import shlex
import shutil
from dataclasses import dataclass, field

from memctl.hooks import install, targets
from memctl.hooks.jsonc import Invalid, parse


@dataclass(frozen=True)
class Status:
    """What a settings file says about memctl. `state` is installed, outdated, partial, broken or absent."""

    agent: str
    path: str
    state: str
    events: tuple[str, ...] = ()
    commands: tuple[str, ...] = field(default_factory=tuple)
    note: str = ""


def status(agent: str, root: str | None = None) -> Status:
    """What the settings file says. Raises MemctlError when it cannot be read."""
    target = targets.TARGETS[agent]
    path = install.settings_file(target, root)
    text = install.read(path)
    try:
        found = install.commands_in(target, text) if text else {}
    except Invalid as error:
        raise install.unusable(path, error) from None
    commands = tuple(dict.fromkeys(line for lines in found.values() for line in lines))
    if not found:
        return Status(agent, path, "absent")
    if any(not _runs(line) for line in commands):
        state = "broken"
    elif set(commands) != {targets.command(agent)}:
        state = "outdated"
    elif set(found) < set(target.events) or any(len(lines) > 1 for lines in found.values()):
        state = "partial"
    else:
        state = "installed"
    off = parse(text or "{}", comments=target.comments).get("disableAllHooks")
    note = "disableAllHooks is set in this file: no hook runs." if off and off.value is True else target.note
    return Status(agent, path, state, tuple(found), commands, note)


def installed(agent: str, root: str | None = None) -> dict[str, str]:
    """Event -> the command line of memctl that is installed for it."""
    target = targets.TARGETS[agent]
    text = install.read(install.settings_file(target, root))
    return {event: lines[0] for event, lines in install.commands_in(target, text).items()} if text else {}


def _runs(line: str) -> bool:
    """Whether the program that a command line starts is there."""
    words = shlex.split(line)
    return bool(words) and shutil.which(words[0]) is not None
