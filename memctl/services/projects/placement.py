"""Keeping a project's memory in one folder, the one that Claude Code uses too.

What stands in memctl's own folder is brought there by itself, once; what several folders hold is merged
when the person asks. A store keeps in the file `came` which commit brought everything it holds and from
where, so that an undo of that commit takes the memory back to its folder instead of into the history.

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
    from collections.abc import Sequence

    from memctl.services.projects.moving import Brought

FILE = "came"
_MAX = 64 * 1024


class Settled(NamedTuple):
    """Where the memory is now, and what a person should know about how it came there ("" for nothing)."""

    place: Place
    said: str = ""


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
    return Settled(resolve(place.root), said + "; undo with: memctl undo" if had else "")


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
            done.files + came.files,
            done.offered + came.offered,
            done.renamed | came.renamed,
            done.warnings + came.warnings,
        )
    return done


def take_back(place: Place, commits: "Sequence[str]", *, now: float) -> "Brought | None":
    """Undo the change that brought all memories here, when `commits` is that change: they go back to the
    folder that they came from. None for any other change.

    Raises Refused when it is one of several, and as `moving.bring`.
    """
    commit, source = came(place.directory)
    if commit not in commits:
        return None
    if len(commits) > 1:
        raise Refused(
            f"one of these {len(commits)} changes brought the memories here from {source}",
            hint="take back the newer ones first, then that one by itself",
            slug="undo",
        )
    return _bring(place.directory, source, place.root, now)


def came(directory: str) -> tuple[str, str]:
    """The commit that brought everything that `directory` then held, and from where; ("", "") for none."""
    try:
        raw, _ = files.read_regular(os.path.join(places.store_state(directory), FILE), _MAX)
    except OSError:
        return "", ""
    commit, _, source = os.fsdecode(raw).rstrip("\n").partition(" ")
    return commit, source


def note(place: Place) -> None:
    """Remember a folder of Claude Code's that only a variable names, so that a command without the variable
    finds the memories in it."""
    usual = bases.under(os.path.expanduser("~/.claude"), slug(place.root))
    if place.is_claude and place.directory != usual and bases.holds(place.directory):
        _remember(place.root, place.directory)


def _due(place: Place) -> tuple[str, str]:
    """What is to be brought where, or two empty texts.

    Without files there may still be state: proposals that wait, and a history.
    """
    if place.is_pending and not place.others():
        return place.directory, place.wanted
    own = bases.own(slug(place.root))
    if not place.is_claude or bases.remembered(slug(place.root), place.root) == place.directory:
        return "", ""
    has_state = place.root in registry.read(places.store_key(own)).roots
    return (own, place.directory) if has_state and not bases.holds(own) else ("", "")


def _bring(source: str, target: str, root: str, now: float) -> "Brought":
    """Bring `source` to `target`, and remember it."""
    from memctl.services.projects.moving import bring

    is_move = not bases.holds(target)
    done = bring(source, target, root, now=now, why=f"one memory with Claude Code, from {source}")
    try:
        if is_move and done.commit:
            text = os.fsencode(f"{done.commit} {source}\n")
            files.write_private(os.path.join(places.store_state(target), FILE), text)
        if target != bases.own(slug(root)):
            _remember(root, target)
    except OSError:
        return done  # an undo then leaves the files in the history
    return done


def _remember(root: str, directory: str) -> None:
    try:
        bases.remember(slug(root), root, directory)
    except OSError:
        return  # the write that follows reports a state directory that cannot be written
