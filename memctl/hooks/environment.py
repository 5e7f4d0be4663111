"""What a hook believes of its environment: the places in it may be a project's choice.

An agent starts hooks, and servers, with variables that a project's settings may set. One that is not believed
is taken out of the environment, for the hook and for all that it starts, and named in the log.

On the hot path: imports nothing but os and hot modules, and only when a variable names a place.
"""

import os

from memctl import places
from memctl.store.state import registry, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_SETTINGS = {"": (".env", ".mcp.json"), ".vscode": ("mcp.json",)}
"""Where any agent may take variables and servers from in a project's tree, by folder. What is the habit of
one alone says its row."""

_SETTINGS_MAX = 1024 * 1024
"""Bytes of such a file that are looked through; a longer one counts as naming every variable."""

_STEERING = ("MEMCTL_", "ANTHROPIC_")
"""How variables begin that say which command or model runs; what answers a prompt asks for neither."""

_KEPT = ("MEMCTL_IN_PROVIDER",)
"""It only keeps memctl from running."""

_DIRECTORIES = ("MEMCTL_DIR", "CLAUDE_COWORK_MEMORY_PATH_OVERRIDE")
"""Variables that name a memory directory itself, before the settings are asked."""


def clean(cwd: str, *, wholly: bool = False) -> "list[str]":
    """Take out of the environment what the project around `cwd` may have put there; return the names.

    `wholly`: also what says which command or model runs. Raises MemctlError for settings that cannot be read.
    """
    names = _given(wholly=wholly)
    told, root = list(_settings(cwd)), resolve.project_root(cwd)
    trees = _trees(cwd, root, bool(told))
    gone = [name for name in names if _is_planted(name, trees, told)]
    for name in gone:
        del os.environ[name]
    overruled = list(_overruled(root))  # whose settings and state are read is settled now
    for name in overruled:
        del os.environ[name]
    return gone + overruled


def clean_given(cwd: str) -> "list[str]":
    """Take out every variable, whatever it is for, to which settings of the project around `cwd` give one:
    another program's login, address or libraries may hang on it. Return the names."""
    told = list(_settings(cwd))
    gone = [name for name in os.environ if any(not text or _gives(text, os.fsencode(name)) for text in told)]
    for name in gone:
        if name not in _KEPT:
            del os.environ[name]
    return gone


def clean_shell(cwd: str) -> "list[str]":
    """As `clean`, for what an agent runs itself: only what the project's settings name goes, since the person
    may have started the agent with places of their own."""
    told = list(_settings(cwd))
    gone = [name for name in _given(wholly=True) if told and _is_planted(name, [], told)]
    for name in gone:
        del os.environ[name]
    return gone


def _given(*, wholly: bool) -> "list[str]":
    """The variables of the environment that name a place, and `wholly` what runs or is asked."""
    names = [name for name in (*places.VARIABLES, "HOME") if name in os.environ]
    if wholly:
        names += [n for n in os.environ if n.startswith(_STEERING) and n not in (*names, *_KEPT)]
    return names


def clean_server(started: str, now: str, directory: "str | None") -> "list[str]":
    """As `clean_shell`, for what serves a model: it was `started` in one folder, and options say that it
    works in `now`, or on the memory `directory`. Raises Refused where a project may have said so."""
    from memctl.agents import table

    told = [os.environ.get(agent.root, "") for agent in table.AGENTS if agent.root]
    gone = []
    for folder in dict.fromkeys(filter(os.path.isabs, (*told, started, now))):
        if (directory is not None or not _is_same_project(now, folder)) and _starts_memctl(folder):
            from memctl.errors import Refused

            raise Refused(
                f"settings in {folder} start memctl, so -C and --dir may be the project's choice",
                hint="name the place in your own config.toml: memctl config set memory_dir PATH",
                slug="untrusted",
            )
        gone += clean_shell(folder)
    return gone


def _is_same_project(one: str, other: str) -> bool:
    """Whether `one` lies below `other`, or in the same working tree."""
    tree = places.working_tree(other) or os.path.realpath(other)
    return places.within(os.path.realpath(one), tree)


def _starts_memctl(cwd: str) -> bool:
    """Whether settings around `cwd` say how memctl is started as a server. A permission to use it is none."""
    found = (text.replace(b"mcp__", b"") for text in _settings(cwd))
    return any(not text or (b"memctl" in text and b"mcp" in text) for text in found)


def _is_planted(name: str, trees: "list[str]", told: "list[bytes]") -> bool:
    """Whether a project may have set the variable `name`: its settings name it, or it leads into its tree."""
    said = _gives if name == "HOME" else bytes.__contains__  # many a permission speaks of $HOME
    if any(not text or said(text, name.encode()) for text in told):
        return True
    if name not in places.VARIABLES:
        return False  # a command may lie anywhere; the home is also where projects are
    path = os.path.expanduser(os.environ[name])
    if not path.strip():
        return False
    real = os.path.realpath(path)
    return not os.path.isabs(path) or any(places.within(real, tree) for tree in trees)


def _gives(text: bytes, name: bytes) -> bool:
    """Whether `text` has `name` as a word of its own that gets a value: `"NAME": ...`, `NAME=...`."""
    before, *rest = text.split(name)
    for after in rest:
        is_word = not (before[-1:].isalnum() or before[-1:] in (b"_", b"$"))
        if is_word and after.lstrip(b"\"' \t")[:1] in (b":", b"="):
            return True
        before = after
    return False


def _overruled(root: str) -> "Iterator[str]":
    """The variables that name another place than the person's own settings, or than the registry."""
    for name in _DIRECTORIES:
        if name in os.environ and _is_overruled(os.environ[name], root):
            yield name
    home = os.environ.get("MEMCTL_HOME")
    own = resolve.setting("memory_home") if home else ""
    if home and own and not _same(own, home):
        yield "MEMCTL_HOME"


def _is_overruled(directory: str, root: str) -> bool:
    """Whether the settings name another memory directory, or this one is registered to another project."""
    if not directory.strip():
        return False
    own, base = resolve.setting("memory_dir"), resolve.setting("memory_home")
    wanted = own or (base and os.path.join(base, "projects", resolve.slug(root), "memory"))
    if wanted:
        return not _same(wanted, directory)
    record = registry.read(places.store_key(os.path.expanduser(directory)))
    roots = [os.path.realpath(known) for known in record.roots]
    return bool(roots) and not record.is_orphan and os.path.realpath(root) not in roots


def _same(one: str, other: str) -> bool:
    return os.path.realpath(os.path.expanduser(one)) == os.path.realpath(os.path.expanduser(other))


def _trees(cwd: str, root: str, has_settings: bool) -> "list[str]":
    """The working trees of the project around `cwd`. A folder outside git is one when it brings settings."""
    here = os.path.realpath(cwd)
    found = [places.working_tree(here)]
    if not places.within(os.path.realpath(root), found[0] or os.sep):
        found.append(places.working_tree(root))  # of the repository that `here` is a linked working tree of
    if has_settings and not any(found) and not places.holds_home(here):
        found.append(here)
    return [tree for tree in found if tree]


def _settings(cwd: str) -> "Iterator[bytes]":
    """What agents' settings say in `cwd` and the folders above it, the person's home and above it left out.

    b"" for a file too long to be looked through.
    """
    at, home = os.path.realpath(cwd), os.path.realpath(os.path.expanduser("~"))
    steering = _steering_files()
    while not places.within(home, at):
        for folder, files in steering.items():
            if folder and not os.path.exists(f"{at}/{folder}"):
                continue
            for file in files:
                path = f"{at}/{folder}/{file}"
                text = resolve.read_some(path, _SETTINGS_MAX + 1) if os.path.exists(path) else b""
                if text:
                    yield b"" if len(text) > _SETTINGS_MAX else _unescaped(text)
        above = os.path.dirname(at)
        if above == at:
            return
        at = above


def _steering_files() -> "dict[str, tuple[str, ...]]":
    """The files of a project that may set variables and start servers, by folder."""
    from memctl.agents import table

    found = dict(_SETTINGS)
    for agent in table.AGENTS:
        for folder, files in agent.settings:
            found[folder] = (*found.get(folder, ()), *files)
    return found


def _unescaped(text: bytes) -> bytes:
    r"""`text` with what JSON and TOML write as `\uXXXX` or `\UXXXXXXXX`, so that a name cannot hide in it."""
    for mark, digits in ((b"\\u", 4), (b"\\U", 8)):
        first, *rest = text.split(mark)
        parts = [first]
        for part in rest:
            try:
                parts.append(chr(int(part[:digits], 16)).encode("utf-8", "replace") + part[digits:])
            except (ValueError, OverflowError):
                parts.append(mark + part)
        text = b"".join(parts)
    return text
