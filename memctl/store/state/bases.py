"""The folders in which a project's memories may stand when nobody named one: Claude Code's, and our own.

One memory for both tools: memctl uses Claude Code's folder for the project once the client has made it, or
once memctl's hooks are installed in the client. Files decide before variables do, so that a variable that is
set for one command starts no second memory. On the hot path: imports nothing but os and `memctl.places`.
"""

import os

from memctl import places

VARIABLES = ("CLAUDE_CODE_REMOTE_MEMORY_DIR", "CLAUDE_CONFIG_DIR")
"""What moves Claude Code's base, the stronger first."""

HOOK = b"hook claude-code"
"""What every hook of memctl in Claude Code's settings calls, of whatever version it is."""

_REMEMBERED_MAX = 1024 * 1024
"""Bytes that are kept about the projects of one slug; those that were noted longest ago go first."""

_WAIT = 10.0
"""Seconds that one who remembers waits for another."""


class Finding:
    """Where Claude Code's rule leads: `path` ("" when it does not apply), `reason`, and `wanted`, the folder
    that the client uses when the memories still stand elsewhere."""

    __slots__ = ("path", "reason", "wanted")

    def __init__(self, path: str, reason: str, wanted: str = "") -> None:
        self.path = path
        self.reason = reason
        self.wanted = wanted


def under(base: str, project: str) -> str:
    """The memory directory of `project` (a slug) below `base`."""
    return os.path.join(base, "projects", project, "memory")


def own(project: str) -> str:
    """memctl's own folder for `project`."""
    return under(places.data_dir(), project)


def claude_config() -> str:
    """Where Claude Code's settings are: `CLAUDE_CONFIG_DIR`, else `~/.claude`."""
    return places.named("CLAUDE_CONFIG_DIR") or os.path.expanduser("~/.claude")


def claude_now(project: str) -> str:
    """The folder that Claude Code uses for `project` as the environment stands."""
    base = places.named(VARIABLES[0]) or claude_config()
    return os.path.abspath(under(base, project))


def holds(directory: str) -> bool:
    """Whether memories stand in `directory`: an index with text, a Markdown file or a folder of them."""
    try:
        if os.stat(os.path.join(directory, "MEMORY.md")).st_size:
            return True
    except OSError:
        pass
    try:
        with os.scandir(directory) as found:
            return any(_is_memory(entry) for entry in found)
    except OSError:
        return False


def _is_memory(entry: "os.DirEntry[str]") -> bool:
    if entry.name[:1] == "." or entry.name == "MEMORY.md":
        return False
    return entry.name.endswith(".md") or entry.is_dir(follow_symlinks=False)


def candidates(project: str, root: str) -> list[str]:
    """Claude Code's folders for the project at `root`: the one of now first, then its usual one, then one
    that was used while a variable named it."""
    usual = [places.named(VARIABLES[1]) or "", os.path.expanduser("~/.claude")]
    found = [claude_now(project), *(os.path.abspath(under(base, project)) for base in usual if base)]
    known = remembered(project, root)
    return list(dict.fromkeys([*found, known] if known else found))


def others(project: str, root: str, directory: str) -> list[str]:
    """The folders beside `directory` that hold memories of the project at `root`."""
    folders = {os.path.realpath(directory): ""}
    for path in (*candidates(project, root), own(project)):
        if os.path.realpath(path) not in folders and holds(path):
            folders[os.path.realpath(path)] = path
    return [path for path in folders.values() if path]


def notice(directory: str, others: list[str], wanted: str, command: str) -> str:
    """What a person should know when `others` than the `directory` in use hold memories too, or when Claude
    Code's own is the one that is `wanted`; "" when all is well. `command` mends it."""
    if others:
        also = " and ".join(others)
        return f"this project has memories in {directory} (used) and in {also}; `{command}` merges them"
    if not wanted:
        return ""
    return (
        f"the memories of this project stay in {directory}, while Claude Code uses {wanted}; `{command}` "
        "brings them there"
    )


def claude(project: str, root: str, settings: bytes) -> Finding:
    """Claude Code's rule for the project at `root`; `settings` is the client's user-level settings file."""
    now = claude_now(project)
    for path in candidates(project, root):
        if holds(path):
            if path == now:
                return Finding(path, "it holds memories of this project")
            return Finding(path, f"the memories stand there; Claude Code's folder is now {now}", now)
    exists = os.path.isdir(now)
    if not exists and not has_hook(settings):
        return Finding("", f"{now} does not exist, and no hook of memctl is installed there")
    if holds(own(project)):
        return Finding("", f"the memories are still in memctl's own folder; they belong in {now}", now)
    return Finding(now, "it exists" if exists else "memctl's hooks are installed in Claude Code")


def has_hook(settings: bytes) -> bool:
    """Whether a `command` of Claude Code's settings is a hook of memctl; by its bytes, since parsing JSON
    would cost every prompt a module. A permission that names the command is none."""
    at = settings.find(HOOK)
    while at >= 0:
        start = settings.rfind(b'"command"', 0, at)
        words = settings[start + 9 : at].split(b'"') if start >= 0 else []
        if len(words) == 2 and words[0].strip() == b":" and b"memctl" in words[1]:
            return True
        at = settings.find(HOOK, at + 1)
    return False


def remembered(project: str, root: str) -> str:
    """The folder outside the usual ones in which memories of `root` were used last, or ""."""
    try:
        handle = os.open(_record(project), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        lines = os.read(handle, _REMEMBERED_MAX).split(b"\n")
    finally:
        os.close(handle)
    wanted = os.fsencode(root) + b"\t"
    return next((os.fsdecode(line[len(wanted) :]) for line in lines if line.startswith(wanted)), "")


def remember(project: str, root: str, directory: str) -> None:
    """Keep that `root` uses `directory`, which a variable named, so that a command without it finds it.
    Raises OSError."""
    if remembered(project, root) == directory or any(c in root + directory for c in "\t\n"):
        return
    from memctl.store.disk import files, flock

    record = _record(project)
    places.make_private(os.path.dirname(record))
    handle = flock.take(record + ".lock", _WAIT)
    if handle is None:
        raise TimeoutError(f"{record} is being written by another process")
    try:
        known = files.read_regular(record)[0] if os.path.exists(record) else b""
        mine = os.fsencode(root) + b"\t"
        kept = [line for line in known.split(b"\n") if line and not line.startswith(mine)]
        text = b"\n".join([*kept, mine + os.fsencode(directory), b""])
        while len(text) > _REMEMBERED_MAX:
            text = text.partition(b"\n")[2]
        files.write_private(record, text)
    finally:
        os.close(handle)


def _record(project: str) -> str:
    return os.path.join(places.state_dir(), "places", project)
