"""Keeping a project's memory in one folder, the one that Claude Code uses too.

What stands in memctl's own folder is brought there by itself, once; what several folders hold is merged
when the person asks. A store keeps in the file `came` which changes brought everything that it held from
which folder to which, so that an undo takes the memory back to its folder instead of into the history.

Every verb asks whether something is due, so what brings memories is imported where something is.
"""

import os
from typing import TYPE_CHECKING, NamedTuple

from memctl import places
from memctl.errors import MemctlError, Refused
from memctl.store.disk import files
from memctl.store.state import bases, registry
from memctl.store.state.resolve import Place, resolve, slug

if TYPE_CHECKING:
    from memctl.domain.change import Change
    from memctl.services.projects.moving import Brought

FILE = "came"
_MAX = 64 * 1024


class Settled(NamedTuple):
    """Where the memory is now, and what a person should know about how it came there ("" for nothing)."""

    place: Place
    said: str = ""


_BACK = "; while nothing else was changed since, memctl undo takes it back"
"""Not the usual line: the command at hand may go on and change something itself."""


def settle(place: Place, *, now: float) -> Settled:
    """Bring what memctl's own folder holds to Claude Code's, when that one is in use and holds no memories.

    It happens once for a project: who undoes it is asked from then on (`Place.notice`). What stands in the
    way is said, and nothing is moved. `now` is in seconds since the epoch.
    """
    source, target = _due(place)
    if not source:
        return Settled(place)
    had = bases.holds(source)
    try:
        _bring(source, target, place.root, now)
    except MemctlError as error:
        return Settled(place, f"the memories in {source} could not be brought to {target}: {error.message}")
    said = f"brought the memories of this project to {target}, where Claude Code keeps its own, from {source}"
    return Settled(resolve(place.root), said + _BACK if had else "")


def gather(place: Place, *, now: float) -> "Brought | None":
    """Bring what other folders hold for the project of `place` to the one that Claude Code uses; None when
    it is together already. Raises as `moving.bring`."""
    from memctl.services.projects.moving import Brought

    target = place.wanted or place.directory
    sources = [f for f in dict.fromkeys((place.directory, *place.others())) if f != target]
    if not (place.wanted or place.others()):
        return None
    done = Brought(target)
    for source in sources:
        came = _bring(source, target, place.root, now)
        done = Brought(
            target,
            came.commit or done.commit,
            came.change or done.change,
            done.files + came.files,
            done.offered + came.offered,
            done.renamed | came.renamed,
            done.warnings + came.warnings,
        )
    return done


def moves(directory: str) -> dict[str, tuple[str, str]]:
    """The changes that brought everything to `directory`, or from there: id -> (from where, to where)."""
    try:
        raw, _ = files.read_regular(os.path.join(places.store_state(directory), FILE), _MAX)
    except OSError:
        return {}
    lines = (os.fsdecode(line).split("\t") for line in raw.split(b"\n"))
    return {line[0]: (line[1], line[2]) for line in lines if len(line) == 3}


def turn(place: Place, move: str, change: "Change", *, now: float) -> "Brought":
    """Take back the move of this id, or bring it back: all memories go to the other of its two folders.

    `change` is the undo or redo that it is. Raises Refused where they are in neither, and as `moving.bring`.
    """
    from memctl.services.projects.moving import Brought, bring
    from memctl.services.write.door import WriteDoor

    ends = moves(place.directory)[move]
    target = ends[0] if change.verb == "undo" else ends[1]
    if places.store_key(place.directory) not in map(places.store_key, ends):
        raise Refused(
            f"the memories went on from {ends[1]} to {place.directory}",
            hint="memctl project adopt, in the project's folder, brings them to where they belong",
            slug="undo",
        )
    if places.store_key(place.directory) == places.store_key(target):
        WriteDoor(place).write(change, now=now)  # they came back on their own: it is only said
        return Brought(target)
    return bring(place.directory, target, place.root, now=now, turn=change)


def note(place: Place) -> None:
    """Remember a folder of Claude Code's that only a variable names, so that a command without the variable
    finds the memories in it."""
    usual = bases.under(os.path.expanduser("~/.claude"), slug(place.root))
    if place.is_claude and place.directory != usual and bases.holds(place.directory):
        _remember(place.root, place.directory)


def _due(place: Place) -> tuple[str, str]:
    """What is to be brought where, or two empty texts.

    Without files there may still be state: proposals that wait, and a history, also one that says how an undo
    took out the last memory there.
    """
    if place.is_pending and not place.others():
        return place.directory, place.wanted
    own = bases.own(slug(place.root))
    if not place.is_claude:
        return "", ""
    has_state = place.root in registry.read(places.store_key(own)).roots
    return (own, place.directory) if has_state and not bases.holds(own) else ("", "")


def _bring(source: str, target: str, root: str, now: float) -> "Brought":
    """Bring `source` to `target`, and remember it."""
    from memctl.services.projects.moving import bring

    is_move = not bases.holds(target)
    done = bring(source, target, root, now=now, why=f"one memory with Claude Code, from {source}")
    try:
        if is_move and done.change:
            _note_move(done.change, source, target)
        if target != bases.own(slug(root)):
            _remember(root, target)
    except OSError:
        return done  # an undo then leaves the files in the history
    return done


def _note_move(change: str, source: str, target: str) -> None:
    path = os.path.join(places.store_state(target), FILE)
    known = files.read_regular(path, _MAX)[0] if os.path.exists(path) else b""
    files.write_private(path, known + os.fsencode(f"{change}\t{source}\t{target}\n"))


def _remember(root: str, directory: str) -> None:
    try:
        bases.remember(slug(root), root, directory)
    except OSError:
        return  # the write that follows reports a state directory that cannot be written
