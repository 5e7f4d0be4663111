"""Install, remove and inspect the hooks of an agent: a plan first, so that its diff can be shown."""

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from memctl import places
from memctl.domain.fingerprint import fingerprint
from memctl.errors import Conflict, MemctlError, Refused, WriteFailed
from memctl.hooks import splice, targets
from memctl.hooks.jsonc import Invalid, Node, parse
from memctl.store.disk import files

FILE_MAX = 4 * 1024 * 1024
"""Bytes of a settings file that is edited; a larger one is none."""


@dataclass(frozen=True)
class Plan:
    """One change of one settings file, not yet made. A text of None is a file that does not exist."""

    target: targets.Target
    path: str
    before: str | None
    after: str | None
    chunks: tuple[splice.Chunk, ...] = ()
    note: str = ""

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return self.before != self.after


def settings_file(target: targets.Target, root: str | None) -> str:
    """The settings file, links resolved: people keep such files in a repository of their own."""
    return inside(target.project(root), root) if root else os.path.realpath(target.user())


def inside(path: str, root: str) -> str:
    """`path` with links resolved. Raises Refused when a link in the project leads out of it."""
    real = os.path.realpath(path)
    if os.path.commonpath([real, os.path.realpath(root)]) != os.path.realpath(root):
        raise Refused(f"{path} leads out of the project, to {real}", hint="remove that link", slug="link")
    return real


def read(path: str) -> str | None:
    """The text of a settings file or hook; None when there is none. Raises MemctlError when unreadable."""
    try:
        raw, _ = files.read_regular(path, FILE_MAX + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MemctlError(f"{path}: {error.strerror}", hint="make it a readable file") from None
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise MemctlError(f"{path}: not UTF-8", hint="mend the file; nothing was written") from None
    if len(raw) > FILE_MAX:
        raise MemctlError(f"{path}: over {FILE_MAX // 1024 // 1024} MiB", hint="nothing was written")
    return text


def _own(target: targets.Target) -> Callable[[Node], bool]:
    def is_own(node: Node) -> bool:
        found = node.get("command") if node.kind == "object" else None
        return found is not None and targets.is_own(found.value, target.agent)

    return is_own


def commands_in(target: targets.Target, text: str) -> dict[str, list[str]]:
    """Event -> memctl's own command lines in it."""
    hooks = parse(text, comments=target.comments).get("hooks") if text.strip() else None
    found: dict[str, list[str]] = {}
    for event, _, listed in hooks.members if hooks else ():
        for group in listed.items:
            inner = group.get("hooks") if group.kind == "object" else None
            for node in [group, *(inner.items if inner else ())]:
                if _own(target)(node):
                    found.setdefault(event, []).append(str(node.get("command").plain()))
    return found


def plan_install(agent: str, root: str | None = None) -> Plan:
    """What installing would change; `root` is the project for project-level settings.

    Older entries of memctl are replaced. Raises MemctlError for a file that cannot be read as the host
    would, so that nothing is made worse.
    """
    target = targets.TARGETS[agent]
    path = settings_file(target, root)
    before = read(path)
    command = targets.command(agent)
    text = before if before and before.strip() else target.fresh
    try:
        if before and commands_in(target, before) == {event: [command] for event in target.events}:
            return Plan(target, path, before, before, note="already installed")
        cleaned = _without(target, text, _recall(path))
        entries = {event: target.entry(command) for event in target.events}
        after, chunks = splice.add(cleaned, entries, comments=target.comments)
    except Invalid as error:
        raise unusable(path, error) from None
    if before is None:
        after += "\n"
        chunks = [splice.Chunk(0, after)]
    return Plan(target, path, before, after, tuple(chunks))


def unusable(path: str, error: Invalid) -> MemctlError:
    hint = "mend the file first; nothing was written"
    return MemctlError(f"{path}: {error.message}", hint=hint, slug="invalid-settings")


def _without(target: targets.Target, text: str, record: "Record | None") -> str:
    """`text` as it was before memctl: exactly what was inserted goes, else whatever entries are memctl's."""
    if record:
        after = splice.take_back(text, list(record.chunks), comments=target.comments)
        if after is not None and not commands_in(target, after):
            return after
    return splice.prune(text, _own(target), comments=target.comments) if text.strip() else text


def plan_remove(agent: str, root: str | None = None) -> Plan:
    """What removing would change: exactly what was inserted where it still stands, else memctl's entries."""
    target = targets.TARGETS[agent]
    path = settings_file(target, root)
    before = read(path)
    if before is None:
        return Plan(target, path, None, None, note="not installed")
    record = _recall(path)
    try:
        after: str | None = _without(target, before, record)
    except Invalid as error:
        raise unusable(path, error) from None
    if record and not record.existed and (after or "").strip() in ("", target.fresh):
        after = None
    if after == before:
        return Plan(target, path, before, before, note="not installed")
    return Plan(target, path, before, after)


def carry_out(plan: Plan) -> None:
    """Write what `plan` says, if the file still is what the plan was made from.

    Raises Conflict when it is not, WriteFailed when the disk refuses; the file is then as it was.
    """
    write(FilePlan(plan.path, plan.before, plan.after))
    if plan.changes:
        _remember(plan)


@dataclass(frozen=True)
class FilePlan:
    """One file's text before and after; None is a file that does not exist."""

    path: str
    before: str | None
    after: str | None

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return self.before != self.after


def write(plan: FilePlan) -> None:
    """Make the file what `plan` says. Raises Conflict or WriteFailed; the file is then as it was."""
    check_unchanged(plan.path, plan.before)
    if not plan.changes:
        return
    with writing(plan.path):
        if plan.after is None:
            os.unlink(plan.path)
        else:
            replace(plan.path, plan.after.encode())


def check_unchanged(path: str, before: str | None) -> None:
    """Raise Conflict when `path` does not say `before` any more."""
    if read(path) != before:
        raise Conflict(f"{path} was changed meanwhile", hint="run the command again")


@contextlib.contextmanager
def writing(path: str) -> Iterator[None]:
    """Say a failure of the disk as WriteFailed, with the file's name."""
    try:
        yield
    except OSError as error:
        raise WriteFailed(f"{path}: {error.strerror}", hint="nothing was changed") from None


def replace(path: str, data: bytes, mode: int = 0o600) -> None:
    """Put `data` in the place of `path`, whole or not at all, keeping the mode of a file that was there."""
    places.make_private(os.path.dirname(path))
    with contextlib.suppress(FileNotFoundError):
        mode = os.stat(path).st_mode & 0o7777
    files.write_private(path, data, mode)


def _record(path: str) -> str:
    return os.path.join(
        places.state_dir(), "installed", fingerprint(os.fsencode(path)).removeprefix("sha256:")[:24] + ".json"
    )


@dataclass(frozen=True)
class Record:
    """What was inserted into one settings file, and whether the file was there before."""

    existed: bool
    chunks: tuple[splice.Chunk, ...]


def _recall(path: str) -> Record | None:
    """What was inserted into `path`; None when that is not known."""
    try:
        with open(_record(path), encoding="utf-8") as handle:
            found = json.load(handle)
        chunks = tuple(splice.Chunk(int(at), str(text)) for at, text in found["chunks"])
        return Record(bool(found["existed"]), chunks)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remember(plan: Plan) -> None:
    """Keep what was inserted (memctl's own text, nothing of the person's settings), for an exact removal."""
    path = _record(plan.path)
    try:
        if not plan.chunks:
            os.unlink(path)
            return
        earlier = _recall(plan.path)
        existed = plan.before is not None and (earlier is None or earlier.existed)
        chunks = [[chunk.at, chunk.text] for chunk in plan.chunks]
        record = {"path": plan.path, "existed": existed, "chunks": chunks}
        replace(path, json.dumps(record).encode())
    except OSError:
        return  # without the record, removal goes by the entries
