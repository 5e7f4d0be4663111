"""Bringing a backup back: whose it is here, what it would change, and doing it as one change."""

import os
import tempfile
from dataclasses import dataclass, field
from typing import Any

from memctl import places, settings
from memctl.domain.change import Applied, Change, Write
from memctl.domain.fingerprint import blob_id, fingerprint
from memctl.domain.memory import INDEX, is_index
from memctl.errors import MemctlError, NotFound, Refused
from memctl.format import index
from memctl.services.backup import trust
from memctl.services.backup.archive import Archive
from memctl.services.backup.packing import CONFIG
from memctl.services.ownership.identity import identify
from memctl.services.write.door import WriteDoor
from memctl.store.disk import files
from memctl.store.disk.oserrors import write_failed
from memctl.store.history import git
from memctl.store.memory.listing import scan
from memctl.store.memory.memories import MemoryStore
from memctl.store.state import holdings, registry
from memctl.store.state.resolve import Place
from memctl.text.escape import shell_word

BACKED = "what a verified backup holds stood there before"
"""Why the guard is not asked, as for an undo."""


@dataclass
class Outcome:
    """What was restored of one project, or would be."""

    key: str
    directory: str
    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    applied: Applied | None = None
    warnings: list[str] = field(default_factory=list)


def choose(
    archive: Archive, here: Place | None, *, every: bool, project: str | None = None
) -> tuple[list[tuple[str, Place]], list[str]]:
    """(key, place) of each project to restore, and a sentence for each that has no place on this machine.

    With `every`, each project goes where its root is; otherwise to `here` goes the one that was at the folder
    `project` (its root or its memory directory), else that of `here`, or the only one there is. Raises
    NotFound where none of several is the project of `here`.
    """
    listed: dict[str, Any] = archive.about.get("projects") or {}
    if not every and here is not None:
        keys = _keys(listed, here, project)
        if len(keys) != 1:
            names = ", ".join(_shown(p) for p in listed.values()) or "no project"
            raise NotFound(
                f"the backup holds {names}, and not this project",
                hint="--project FOLDER says which one, --all restores each that is on this machine",
            )
        return [(keys[0], here)], []
    # a directory that no project has is taken from what is known here, never from what an archive says
    named = {record.directory for record in registry.every() if not record.roots}
    placed, homeless = [], []
    for key, found in listed.items():
        root = next((r for r in _roots(found) if os.path.isdir(r)), None)
        if root is not None:
            placed.append((key, registry.open_place(root)))
        elif found["directory"] in named:
            placed.append((key, Place(found["directory"], found["directory"], [])))
        else:
            where = "-C ITS_FOLDER" if _roots(found) else "--dir ITS_FOLDER"
            homeless.append(
                f"{_shown(found)} is not on this machine: run `memctl {where} restore --from FILE "
                f"--project {shell_word(_shown(found))}`, or make the folder first"
            )
    return placed, homeless


def _keys(listed: dict[str, Any], here: Place, project: str | None) -> list[str]:
    if project is not None:
        wanted = os.path.abspath(os.path.expanduser(project))
        return [k for k, p in listed.items() if wanted in (*_roots(p), p.get("directory"))]
    if len(listed) == 1:
        return list(listed)
    same = [k for k, p in listed.items() if p.get("directory") == here.directory]
    return same or [k for k, p in listed.items() if here.by_slug and _is_of(p, here)]


def is_strange(archive: Archive, key: str, here: Place) -> str:
    """The folder of the project `key` of the backup where nothing says that it is that of `here`, else "".

    An empty place on a new machine is no other project, unless both are known by first commits or remotes.
    """
    project = archive.about["projects"][key]
    if project.get("directory") == here.directory or _is_of(project, here):
        return ""
    is_empty = not (os.path.isdir(here.directory) and scan(here.directory)[0])
    known = any(project.get("commits", ())) or any(project.get("remotes", ()))
    if is_empty and not (known and here.by_slug and any(identify(here.root))):
        return ""
    return _shown(project)


def _is_of(project: Any, here: Place) -> bool:
    if here.root in _roots(project):
        return True
    commits, remotes = identify(here.root)
    return bool({*commits} & {*project.get("commits", ())} or {*remotes} & {*project.get("remotes", ())})


def _roots(project: Any) -> list[str]:
    found = project.get("roots", ()) if isinstance(project, dict) else ()
    return [root for root in found if isinstance(root, str) and os.path.isabs(root)]


def _shown(project: Any) -> str:
    named = project.get("directory") if isinstance(project, dict) else None
    return next(iter(_roots(project)), named if isinstance(named, str) else "a project without a folder")


def restore(archive: Archive, key: str, place: Place, *, now: float, dry_run: bool = False) -> Outcome:
    """Restore the project `key` of a verified archive to `place`; nothing is written with `dry_run`.

    What is there is recorded in the history first; memories that differ are replaced by one change, and those
    that the backup does not have stay. Raises as the write door, MemctlError for what is out of shape.
    """
    state = places.store_state(place.directory)
    try:
        with tempfile.TemporaryDirectory(suffix=".tmp", dir=places.make_private(state)) as work:
            return _restore(archive, key, place, os.path.join(work, "bundle"), now, dry_run)
    except OSError as error:
        raise write_failed(error, state) from error


def _restore(archive: Archive, key: str, place: Place, bundle: str, now: float, dry_run: bool) -> Outcome:
    memories, history, state = _sorted(archive, f"projects/{key}/", bundle)
    door = WriteDoor(place)
    if not dry_run and os.path.isdir(place.directory) and git.program():
        door.record_outside(now=now)  # what stands here is the project's own, whoever wrote it
    memories, left, unknown = _believed(place, memories, history, now)
    outcome = _compare(place, key, memories)
    outcome.warnings = left + _examined(door, outcome, memories, unknown, now)
    if dry_run:
        return outcome
    why = f"as in the backup of {archive.about.get('made', '')}"
    if not door.take_over(memories, history, why=why, now=now):
        wanted = [*outcome.new, *outcome.changed, *_unlisted(place, memories)]
        operations = [_write(place, file, memories[file]) for file in wanted if not is_index(file)]
        if operations:
            change = Change("restore", tuple(operations), why=why)
            outcome.applied = door.write(change, now=now, unguarded=BACKED)
    holdings.put_back(place.directory, _state(state, now), now)
    return outcome


def _believed(
    place: Place, memories: dict[str, bytes], history: str | None, now: float
) -> tuple[dict[str, bytes], list[str], set[str]]:
    """`memories` as they are written, a sentence for each that is not, and the files new to this project."""
    own = trust.known(place.directory, memories.values())
    believed = own
    if not (os.path.isdir(place.directory) and scan(place.directory)[0]):
        believed |= trust.brought(place.directory, history, memories.values())
    kept, left = trust.lowered(memories, believed, now)
    return kept, left, {file for file in kept if blob_id(memories[file]) not in own}


def _examined(
    door: WriteDoor, outcome: Outcome, memories: dict[str, bytes], unknown: set[str], now: float
) -> list[str]:
    """What the guard finds in what this project never held. The person is told, an agent refused."""
    written = {*outcome.new, *outcome.changed} | {file for file in memories if is_index(file)}
    found = trust.look({file: memories[file] for file in sorted(unknown & written)}, now)
    if found and door.origin != "person":
        raise Refused(f"{found[0]}; nothing was restored", hint="a person may restore it", slug="approval")
    return found


def _state(state: list[tuple[str, bytes]], now: float) -> list[tuple[str, bytes]]:
    changed = [(p, trust.kept_change(p, c, now) if p.startswith("spool/") else c) for p, c in state]
    return [(path, content) for path, content in changed if content is not None]


def _sorted(
    archive: Archive, top: str, bundle: str
) -> tuple[dict[str, bytes], str | None, list[tuple[str, bytes]]]:
    memories: dict[str, bytes] = {}
    history, state = None, []
    for name, content in archive.read(top, bundle):
        kind, _, rest = name.removeprefix(top).partition("/")
        if kind == "memory":
            if len(content) > files.BODY_MAX:
                raise MemctlError(f"{rest} in the backup is too large for a memory", slug="backup")
            memories[rest] = content
        elif kind == "history.bundle":
            history = bundle
        elif kind == "state":
            state.append((rest, content))
    return memories, history, state


def _compare(place: Place, key: str, memories: dict[str, bytes]) -> Outcome:
    outcome = Outcome(key, place.directory)
    there = {item[0] for item in scan(place.directory)[0]} if os.path.isdir(place.directory) else set()
    for file, content in memories.items():
        if file not in there and not is_index(file):
            outcome.new.append(file)
        elif file in there and _read(place, file) != content:
            outcome.changed.append(file)
    return outcome


def _unlisted(place: Place, memories: dict[str, bytes]) -> list[str]:
    """The files that are as in the backup, and whose pointer the index here has lost."""
    listed = {p.file for p in index.pointers(_index(memories)) if p.file in memories}
    there = MemoryStore(place.directory)
    now = {p.file for p in index.pointers(there.index_text() or "")}
    return [file for file in sorted(listed - now) if _is_there(place, file, memories[file])]


def _index(memories: dict[str, bytes]) -> str:
    return memories.get(INDEX, b"").decode("utf-8", "surrogateescape")


def _is_there(place: Place, file: str, content: bytes) -> bool:
    try:
        return _read(place, file) == content
    except OSError:
        return False


def _read(place: Place, file: str) -> bytes:
    return files.read_regular(os.path.join(place.directory, file))[0]


def _write(place: Place, file: str, content: bytes) -> Write:
    try:
        return Write(file, content, fingerprint(_read(place, file)))
    except FileNotFoundError:
        return Write(file, content, None)


def settings_of(archive: Archive) -> bytes | None:
    """The `config.toml` of a backup when it differs from the one here, else None."""
    found = dict(archive.read(CONFIG)).get(CONFIG)
    try:
        own = files.read_regular(settings.config_file(), 1 << 20)[0]
    except OSError:
        own = b""
    return None if found is None or found == own else found


def take_settings(content: bytes, now: float) -> str:
    """Replace `config.toml`, the former one set aside; returns where that is, "" when there was none.

    Raises MemctlError for one that memctl could not read, OSError.
    """
    path = settings.config_file()
    try:
        settings.parse(content.decode("utf-8"), path)
    except UnicodeDecodeError:
        raise MemctlError("the settings of the backup are not UTF-8", slug="backup") from None
    places.make_private(os.path.dirname(path))
    aside = ""
    if os.path.exists(path):
        aside = f"{path}.before-{int(now)}"
        files.write_private(aside, files.read_regular(path, 1 << 20)[0])
    files.write_private(path, content)
    return aside
