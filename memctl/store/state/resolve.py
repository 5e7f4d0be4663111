"""Which project a directory belongs to, and where that project's memory directory is.

The rules are those of the contract (`docs/reference/places.md`), tried in order; `explain` shows every rule,
what it said and which one matched. The git root is found by reading `.git`, not by starting a process.
On the hot path: imports os and hot modules alone; TOML and JSON are parsed only for a key that is there.
"""

import os

from memctl import places
from memctl.store.state import bases

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SLUG_MAX = 200
"""UTF-16 units of a slug before it is cut and hashed: Claude Code's rule, so that both tools meet."""

CLAUDE = "Claude Code's memory directory"
OWN = "memctl's own data directory"
"""Names of the two rules between which memctl chooses."""

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


class Rule:
    """One resolution rule: where it looks, what it found (`path`, or "" for nothing), and a reason."""

    __slots__ = ("by_slug", "matched", "name", "path", "reason", "wanted")

    def __init__(self, name: str, path: str, reason: str, *, by_slug: bool = False, wanted: str = "") -> None:
        self.name = name
        self.path = path
        self.reason = reason
        self.by_slug = by_slug  # the path holds the slug of the project, so another project may have it too
        self.wanted = wanted  # where Claude Code keeps this project's memory, while it stands elsewhere
        self.matched = False


class Place:
    """A resolved memory directory, the project root it belongs to, and the rules that were tried."""

    __slots__ = ("directory", "root", "rules")

    def __init__(self, directory: str, root: str, rules: list[Rule]) -> None:
        self.directory = directory
        self.root = root
        self.rules = rules

    @property
    def by_slug(self) -> bool:
        """Whether the directory was found by the project's slug, rather than named by the user."""
        return any(rule.matched and rule.by_slug for rule in self.rules)

    @property
    def wanted(self) -> str:
        """Claude Code's folder for the project while its memories stand elsewhere, or ""."""
        return next((rule.wanted for rule in self.rules if rule.wanted), "") if self.is_chosen else ""

    @property
    def is_chosen(self) -> bool:
        """Whether memctl chose between Claude Code's folder and its own, since nobody named one."""
        return any(rule.matched and rule.name in (CLAUDE, OWN) for rule in self.rules)

    @property
    def is_claude(self) -> bool:
        """Whether the directory is Claude Code's folder for the project, found by its slug."""
        return any(rule.matched and rule.name == CLAUDE for rule in self.rules)

    @property
    def is_pending(self) -> bool:
        """Whether memctl's own folder holds the memories, to be brought to Claude Code's: once at most."""
        wanted = "" if self.is_claude else self.wanted
        return bool(wanted) and bases.remembered(slug(self.root), self.root) != wanted

    def others(self) -> list[str]:
        """Other folders that hold memories of this project; none when somebody named the one in use."""
        return bases.others(slug(self.root), self.root, self.directory) if self.is_chosen else []

    def notice(self, command: str) -> str:
        """The one line that is due when memories of the project stand in several folders, or in another one
        than Claude Code's, else ""; `command` mends it."""
        return bases.notice(self.directory, self.others(), self.wanted, command)


def slug(path: str) -> str:
    """Claude Code's folder name for `path`: other than [A-Za-z0-9] becomes `-`, long ones are hashed."""
    if path.isascii():
        units = [ord(c) for c in path]
    else:
        wide = path.encode("utf-16-le", "surrogatepass")
        units = [wide[i] | wide[i + 1] << 8 for i in range(0, len(wide), 2)]
    text = "".join(chr(u) if u < 128 and chr(u).isalnum() else "-" for u in units)
    return text if len(text) <= SLUG_MAX else f"{text[:SLUG_MAX]}-{_base36(abs(_hash32(units)))}"


def _hash32(units: list[int]) -> int:
    """The signed 32-bit `h = h*31 + unit` hash."""
    value = 0
    for unit in units:
        value = (value * 31 + unit) & 0xFFFFFFFF
    return value - (1 << 32) if value & 0x80000000 else value


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _BASE36[rest] + digits
    return digits or "0"


def project_root(cwd: str) -> str:
    """The canonical git root that holds `cwd`: of a worktree the main repository, of a bare repository
    itself; outside git `cwd`."""
    at = cwd
    while True:
        dot = os.path.join(at, ".git")
        if os.path.isdir(dot):
            return at
        if os.path.isfile(dot):
            return _root_of_link(at)
        if is_git_dir(at):
            return os.path.dirname(at) if os.path.basename(at) == ".git" else at
        parent = os.path.dirname(at)
        if parent == at:
            return cwd
        at = parent


def is_git_dir(path: str) -> bool:
    """Whether `path` looks like a git repository without a working tree around it."""
    return (
        os.path.isfile(os.path.join(path, "HEAD"))
        and os.path.isdir(os.path.join(path, "objects"))
        and os.path.isdir(os.path.join(path, "refs"))
    )


def _root_of_link(at: str) -> str:
    """The root when `.git` is a file: a worktree leads to its repository, a submodule is its own root.

    A worktree is believed only when the repository's own record points back here: a `.git` file that came
    with an unpacked archive must not lead to another project's memory.
    """
    common = common_dir(at, named_git_dir(at))
    if not common:
        return at
    return os.path.dirname(common) if os.path.basename(common) == ".git" else common


def named_git_dir(at: str) -> str:
    """The absolute path that `.git` in `at` names when it is a file; "" when it is none."""
    dot = os.path.join(at, ".git")
    # git makes no link; one could be to another's file
    line = "" if os.path.islink(dot) else _first_line(dot)
    return os.path.normpath(os.path.join(at, line[7:].strip())) if line.startswith("gitdir:") else ""


def common_dir(at: str, git_dir: str) -> str:
    """The repository of the linked working tree `at` with `git_dir`, "" unless its records point back."""
    common = _first_line(os.path.join(git_dir, "commondir")) if git_dir else ""
    back = _first_line(os.path.join(git_dir, "gitdir")) if common else ""
    if not back:
        return ""
    common = os.path.realpath(os.path.join(git_dir, common))
    inside = os.path.dirname(os.path.realpath(git_dir)) == os.path.join(common, "worktrees")
    tree = os.path.realpath(os.path.join(git_dir, back))
    return common if inside and tree == os.path.join(os.path.realpath(at), ".git") else ""


def _first_line(path: str) -> str:
    line = read_some(path, 8192).split(b"\n", 1)[0].strip()
    return "" if b"\0" in line else line.decode("utf-8", "surrogateescape")


def read_some(path: str, limit: int) -> bytes:
    """At most `limit` bytes of a file, in one go; b"" for what cannot be read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):  # a NUL in it: whoever wrote the file that named it meant no path
        return b""
    try:
        return os.read(handle, limit)
    except OSError:
        return b""
    finally:
        os.close(handle)


def resolve(cwd: str, directory: str | None = None) -> Place:
    """Find the memory directory for a command started in `cwd`; `directory` is `--dir`.

    First match wins. Raises NotFound when no rule gives a usable path (no home directory at all).
    """
    root = project_root(cwd)
    return _placed(root, _rules(cwd, root, directory))


def explain(cwd: str, directory: str | None = None) -> Place:
    """As `resolve`, but every rule is evaluated and listed."""
    root = project_root(cwd)
    rules = list(_rules(cwd, root, directory))
    place = _placed(root, rules)
    place.rules = rules
    return place


def _placed(root: str, rules: "Iterable[Rule]") -> Place:
    tried: list[Rule] = []
    for rule in rules:
        tried.append(rule)
        if rule.path:
            rule.matched = True
            return Place(rule.path, root, tried)
    from memctl.errors import NotFound

    raise NotFound("no memory directory: there is no home directory", hint="set MEMCTL_DIR or MEMCTL_HOME")


def _rules(cwd: str, root: str, directory: str | None) -> "Iterator[Rule]":
    """The rules in the order of the contract, lazily: a later one is not looked at when one matched."""
    yield _given("--dir", directory or "", cwd)
    for variable in ("MEMCTL_DIR", "CLAUDE_COWORK_MEMORY_PATH_OVERRIDE"):
        yield _given(variable, places.named(variable), cwd)
    config = os.path.join(places.config_dir(), "config.toml")
    yield _setting("memory_dir in config.toml", config, text("memory_dir"))
    file = os.path.join(bases.claude_config(), "settings.json")
    settings = read_some(file, 1 << 22)
    yield _setting("autoMemoryDirectory in Claude Code's settings.json", file, _auto_memory(settings))
    name = slug(root)
    home = places.named("MEMCTL_HOME")
    yield _base("MEMCTL_HOME", home, cwd, name, "MEMCTL_HOME is not set")
    yield _base("memory_home in config.toml", text("memory_home"), "", name, f"not set in {config}")
    found = bases.claude(name, root, settings)
    yield Rule(CLAUDE, found.path, found.reason, by_slug=True, wanted=found.wanted)
    own = bases.own(name)
    usable = os.path.isabs(own)
    yield Rule(OWN, own if usable else "", "the default" if usable else "no home", by_slug=True)


def _given(name: str, value: str, cwd: str) -> Rule:
    if not value.strip():
        return Rule(name, "", "not given" if name.startswith("-") else "not set")
    return Rule(name, os.path.normpath(os.path.join(cwd, os.path.expanduser(value))), "given")


def _setting(name: str, file: str, value: str) -> Rule:
    if not value:
        return Rule(name, "", f"not set in {file}")
    path = os.path.expanduser(value)
    if not os.path.isabs(path):
        return Rule(name, "", f"{value!r} in {file} is not an absolute path; ignored")
    return Rule(name, os.path.normpath(path), f"set in {file}")


def _base(name: str, base: str, cwd: str, project: str, otherwise: str) -> Rule:
    if not base.strip():
        return Rule(name, "", otherwise)
    path = os.path.join(cwd, os.path.expanduser(base))
    if not os.path.isabs(path):
        return Rule(name, "", f"{base!r} is not an absolute path; ignored")
    return Rule(name, bases.under(os.path.normpath(path), project), "set", by_slug=True)


def setting(key: str) -> str:
    """`memory_dir` or `memory_home` of the person's own `config.toml`; "" when it is no absolute path."""
    return value if os.path.isabs(value := os.path.expanduser(text(key))) else ""


def text(key: str) -> str:
    """A text of the person's own `config.toml`; "" when it is not there."""
    file = os.path.join(places.config_dir(), "config.toml")
    data = read_some(file, 1 << 20)
    if key.encode() not in data:
        return ""
    from memctl.store.state import values

    return values.of_toml(file, data, key)


def read_json(file: str, key: bytes) -> "dict[str, object]":
    """Another program's settings in `file`; nothing when they do not hold `key`, or are no JSON object:
    that is its own to report."""
    data = read_some(file, 1 << 22)
    if key not in data:
        return {}
    from memctl.store.state import values

    return values.of_json(data)


def _auto_memory(settings: bytes) -> str:
    if b'"autoMemoryDirectory"' not in settings:
        return ""
    from memctl.store.state import values

    found = values.of_json(settings).get("autoMemoryDirectory", "")
    return found if isinstance(found, str) else ""
