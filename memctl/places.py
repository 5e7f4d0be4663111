"""Where memctl keeps what is not a memory: config, data, state and cache directories.

On Linux the four paths are computed from the environment by hand, because importing platformdirs costs
twice a bare Python start and a hook asks for them at every prompt; a test holds them equal to
platformdirs. Elsewhere platformdirs answers. Only `make_private` creates a directory.
"""

import os
import sys

try:  # hashlib loads OpenSSL, 2 ms that every hook call would pay
    from _blake2 import blake2b
except ImportError:  # pragma: no cover - another interpreter than CPython
    from hashlib import blake2b

__all__ = [
    "blake2b",
    "cache_dir",
    "cache_file",
    "config_dir",
    "data_dir",
    "make_private",
    "named",
    "package_file",
    "queries_file",
    "refuse_relative",
    "state_dir",
    "store_key",
    "store_state",
    "sync_folder",
    "within",
    "working_tree",
]

APP = "memctl"
_ON_LINUX = sys.platform.startswith("linux")

VARIABLES = (
    "MEMCTL_CONFIG_DIR", "XDG_CONFIG_HOME", "MEMCTL_STATE_DIR", "XDG_STATE_HOME",
    "MEMCTL_CACHE_DIR", "XDG_CACHE_HOME", "MEMCTL_DATA_DIR", "XDG_DATA_HOME", "MEMCTL_HOME", "MEMCTL_DIR",
    "CLAUDE_CONFIG_DIR", "CLAUDE_CODE_REMOTE_MEMORY_DIR", "CLAUDE_COWORK_MEMORY_PATH_OVERRIDE",
)  # fmt: skip
"""Every variable that names a place; where the settings and the state are comes first."""


def named(variable: str) -> str:
    """The absolute path that an environment variable names, `~` expanded; "" when it is not set.

    Raises Refused for a relative one: it would be another place in every folder, and without it the default,
    so that one memory became several.
    """
    value = os.environ.get(variable, "")
    path = os.path.expanduser(value) if value.strip() else ""
    if path and not os.path.isabs(path):
        from memctl.errors import Refused

        hint = f"set {variable} to an absolute path, or unset it"
        raise Refused(f"{variable} is {value!r}, which is no absolute path", hint=hint, slug="relative")
    return path


def refuse_relative() -> None:
    """Raise Refused when any variable that names a place names a relative one, used or not."""
    for variable in VARIABLES:
        named(variable)


def _xdg(variable: str, fallback: str) -> str:
    return os.path.join(named(variable) or os.path.expanduser(fallback), APP)


def _platform(kind: str) -> str:
    import platformdirs

    return str(getattr(platformdirs, f"user_{kind}_dir")(APP, appauthor=False))


def _place(override: str, kind: str, variable: str, fallback: str) -> str:
    path = named(override)
    if path:
        return os.path.abspath(path)
    if _ON_LINUX:
        return _xdg(variable, fallback)
    return _platform(kind)


def config_dir() -> str:
    """Directory of the user's `config.toml`; `MEMCTL_CONFIG_DIR` overrides."""
    return _place("MEMCTL_CONFIG_DIR", "config", "XDG_CONFIG_HOME", "~/.config")


def data_dir() -> str:
    """memctl's own base for memory directories, when Claude Code holds none for the project."""
    return _place("MEMCTL_DATA_DIR", "data", "XDG_DATA_HOME", "~/.local/share")


def state_dir() -> str:
    """History, inbox, cursors, anticipated queries: must not be deleted; `MEMCTL_STATE_DIR` overrides."""
    return _place("MEMCTL_STATE_DIR", "state", "XDG_STATE_HOME", "~/.local/state")


def cache_dir() -> str:
    """Derived data, may be deleted at any time; `MEMCTL_CACHE_DIR` overrides."""
    return _place("MEMCTL_CACHE_DIR", "cache", "XDG_CACHE_HOME", "~/.cache")


def package_file(*parts: str) -> str:
    """A file that ships with memctl, by its path below the package: rule tables, prompts."""
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), *parts)


def within(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies below it, both with links resolved."""
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def holds_home(folder: str) -> bool:
    """Whether the person's home is `folder` (links resolved) or lies below it."""
    return within(os.path.realpath(os.path.expanduser("~")), folder)


def working_tree(cwd: str) -> str:
    """The outermost git working tree around `cwd`, links resolved; "" outside git.

    One that holds the person's home is theirs (settings kept in git) rather than a project's: "" as well.
    """
    at, found = os.path.realpath(cwd), ""
    while True:
        if os.path.lexists(os.path.join(at, ".git")) and not holds_home(at):
            found = at
        above = os.path.dirname(at)
        if above == at:
            return found
        at = above


def store_key(directory: str) -> str:
    """The name under which everything kept about one memory directory is filed.

    The readable end of the path helps a person who looks into the state directory; the hash of the real
    path makes it unique.
    """
    real = os.path.realpath(directory)
    digest = blake2b(os.fsencode(real), digest_size=8).hexdigest()
    parts = [p for p in real.replace(os.sep, "/").split("/") if p and p != "memory"]
    readable = "".join(c if c.isascii() and c.isalnum() else "-" for c in (parts[-1] if parts else "root"))
    return f"{readable[-40:].strip('-') or 'dir'}-{digest}"


def digest(text: str) -> str:
    """A file name for `text` that comes from outside: 24 hex digits of its hash."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def store_state(directory: str) -> str:
    """State of one memory directory: `history.git`, `lock`, `journal/`, `spool/`, `inbox/`, ..."""
    return os.path.join(state_dir(), "stores", store_key(directory))


def copies() -> str:
    """The folder of what is about to be brought into another memory directory; gone when nothing is."""
    return os.path.join(state_dir(), "copies")


def started_markers(directory: str) -> str:
    """Empty files by the hash of what was started in the background: when they were written, it last was."""
    return os.path.join(store_state(directory), "started")


def queries_file(directory: str) -> str:
    """The anticipated queries of one memory directory, kept by content (`store.search.anticipated`)."""
    return os.path.join(store_state(directory), "anticipated.jsonl")


def cache_file(directory: str) -> str:
    """The search cache of one memory directory, one SQLite file."""
    return os.path.join(cache_dir(), store_key(directory) + ".sqlite")


def make_private(folder: str) -> str:
    """Make `folder` and what is missing above it, durably and each 0700 whatever the umask; return it.
    Raises OSError.

    `os.makedirs` gives its mode to the last one only, and the umask's to those above it.
    """
    missing = []
    above = os.path.abspath(folder)
    while not os.path.isdir(above):
        missing.append(above)
        above = os.path.dirname(above)
    for above in reversed(missing):
        try:
            os.mkdir(above, 0o700)
        except FileExistsError:
            continue  # another process was faster
        os.chmod(above, 0o700)  # the umask may have taken bits away
        sync_folder(os.path.dirname(above))
    return folder


def sync_folder(path: str) -> None:
    """Make the names in the folder `path` durable. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
