"""Install and remove the hooks of an agent: a plan first, so that its diff can be shown."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass

from memctl import places
from memctl.agents.dialects import Dialect
from memctl.agents.table import Agent
from memctl.domain.fingerprint import fingerprint
from memctl.errors import MemctlError
from memctl.hooks import plugin, splice, targets
from memctl.hooks.jsonc import Invalid, Node, parse
from memctl.hooks.rewrite import Rewrite, read
from memctl.store.disk import files


@dataclass(frozen=True)
class Record:
    """What was inserted into one settings file, whether the file was there before, and how many folders above
    it were made for it."""

    existed: bool
    chunks: tuple[splice.Chunk, ...]
    made: int = 0


@dataclass(frozen=True)
class SettingsPlan(Rewrite):
    """A change of a settings file, which is recorded for an exact removal."""

    chunks: tuple[splice.Chunk, ...] = ()

    def carry_out(self) -> None:
        """As any rewrite; what was inserted is kept."""
        made, record = _missing(os.path.dirname(self.path)), _recall(self.path)
        super().carry_out()
        if not self.changes:
            return
        if self.after is None and record:
            _drop(os.path.dirname(self.path), record.made)
        _remember(self, made if record is None else record.made)


def _missing(folder: str) -> int:
    """How many folders must be made for `folder`."""
    count = 0
    while not os.path.isdir(folder):
        folder, count = os.path.dirname(folder), count + 1
    return count


def _drop(folder: str, count: int) -> None:
    """Remove `count` folders that installing made, from `folder` up; not where something is kept in them."""
    try:
        for _ in range(count):
            os.rmdir(folder)
            folder = os.path.dirname(folder)
    except OSError:
        return


def plan(agent: Agent, root: str | None = None, *, remove: bool = False) -> Rewrite:
    """What installing or removing would change; `root` is the project for its own settings.

    Installing replaces older entries of memctl. Removing takes out exactly what was inserted where it still
    stands, else memctl's entries. Raises MemctlError for a file that cannot be read as the host would, so
    that nothing is made worse.
    """
    dialect = agent.dialect()
    if dialect.plugin:
        return plugin.plan(agent.name, dialect, root, remove=remove)
    path = targets.path(dialect, root)
    before = read(path)
    try:
        return (
            _removal(agent.name, dialect, path, before)
            if remove
            else _addition(agent.name, dialect, path, before)
        )
    except Invalid as error:
        raise unusable(path, error) from None


def unusable(path: str, error: Invalid) -> MemctlError:
    """The error for settings that are no JSON."""
    hint = "mend the file first; nothing was written"
    return MemctlError(f"{path}: {error.message}", hint=hint, slug="invalid-settings")


def _addition(agent: str, dialect: Dialect, path: str, before: str | None) -> SettingsPlan:
    wanted = targets.commands(agent, dialect)
    if before and commands_in(agent, dialect, before) == {event: [line] for event, line in wanted.items()}:
        return SettingsPlan(path, before, before)
    text = before if before and before.strip() else dialect.fresh
    cleaned = _without(agent, dialect, text, _recall(path))
    entries = {event: dialect.entry(line, targets.TIMEOUT) for event, line in wanted.items()}
    is_own = before is None or not cleaned.strip()  # all of the file is memctl's, now or since last time
    after, chunks = splice.add(
        dialect.fresh if is_own else cleaned, entries, dialect.group, comments=dialect.comments
    )
    if is_own:
        after += "\n"
        chunks = [splice.Chunk(0, after)]
    return SettingsPlan(path, before, after, chunks=tuple(chunks))


def _removal(agent: str, dialect: Dialect, path: str, before: str | None) -> SettingsPlan:
    if before is None:
        return SettingsPlan(path, None, None)
    record = _recall(path)
    after: str | None = _without(agent, dialect, before, record)
    if record and not record.existed and (after or "").strip() in ("", dialect.fresh):
        after = None
    return SettingsPlan(path, before, after)


def _without(agent: str, dialect: Dialect, text: str, record: Record | None) -> str:
    """`text` as it was before memctl: exactly what was inserted goes, else whatever entries are memctl's."""
    if record:
        after = splice.take_back(text, list(record.chunks), comments=dialect.comments)
        if after is not None and not commands_in(agent, dialect, after):
            return after
    return splice.prune(text, _own(agent), dialect.group, comments=dialect.comments) if text.strip() else text


def commands_in(agent: str, dialect: Dialect, text: str) -> dict[str, list[str]]:
    """Event -> memctl's own command lines in it. Raises Invalid."""
    hooks = parse(text, comments=dialect.comments).get(dialect.group) if text.strip() else None
    is_own = _own(agent)
    found: dict[str, list[str]] = {}
    for event, _, listed in hooks.members if hooks else ():
        for group in listed.items:
            inner = group.get("hooks")
            for node in [group, *(inner.items if inner else ())]:
                if is_own(node):
                    found.setdefault(event, []).append(str(_command(node)))
    return found


def _own(agent: str) -> Callable[[Node], bool]:
    return lambda node: targets.is_own(_command(node), agent)


def _command(node: Node) -> object:
    found = node.get("command")
    return found.value if found else None


def _record(path: str) -> str:
    digest = fingerprint(os.fsencode(path)).removeprefix("sha256:")[:24]
    return os.path.join(places.state_dir(), "installed", digest + ".json")


def _recall(path: str) -> Record | None:
    """What was inserted into `path`; None when that is not known."""
    try:
        with open(_record(path), encoding="utf-8") as handle:
            found = json.load(handle)
        chunks = tuple(splice.Chunk(int(at), str(text)) for at, text in found["chunks"])
        return Record(bool(found["existed"]), chunks, int(found.get("made", 0)))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def since(path: str) -> float:
    """When memctl's entries were put into `path`, in seconds since the epoch; else when that was changed."""
    for file in (_record(path), path):
        try:
            return os.stat(file).st_mtime
        except OSError:
            continue
    return 0.0


def _remember(plan: SettingsPlan, made: int) -> None:
    """Keep what was inserted (memctl's own text, nothing of the person's settings), for an exact removal."""
    path = _record(plan.path)
    try:
        if not plan.chunks:
            os.unlink(path)
            return
        earlier = _recall(plan.path)
        existed = plan.before is not None and (earlier is None or earlier.existed)
        chunks = [[chunk.at, chunk.text] for chunk in plan.chunks]
        places.make_private(os.path.dirname(path))
        kept = {"path": plan.path, "existed": existed, "made": made, "chunks": chunks}
        files.write_private(path, json.dumps(kept).encode())
    except OSError:
        return  # without the record, removal goes by the entries
