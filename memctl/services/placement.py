"""Keeping a project's memory in one folder, the one that Claude Code uses too."""

import os
from dataclasses import dataclass

from memctl import places
from memctl.errors import MemctlError
from memctl.store.state import bases, registry
from memctl.store.state.resolve import Place, resolve, slug


@dataclass(frozen=True)
class Settled:
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
    from memctl.services.projects.moving import bring

    had = bases.holds(source)
    try:
        bring(source, target, place.root, now=now, why=f"one memory with Claude Code, from {source}")
    except MemctlError as error:
        return Settled(place, f"the memories in {source} could not be brought to {target}: {error.message}")
    _remember(place.root, target)
    said = f"brought the memories of this project to {target}, where Claude Code keeps its own, from {source}"
    return Settled(resolve(place.root), said + "; undo with: memctl undo" if had else "")


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


def note(place: Place) -> None:
    """Remember a folder of Claude Code's that only a variable names, so that a command without the variable
    finds the memories in it."""
    usual = bases.under(os.path.expanduser("~/.claude"), slug(place.root))
    if place.is_claude and place.directory != usual and bases.holds(place.directory):
        _remember(place.root, place.directory)


def _remember(root: str, directory: str) -> None:
    try:
        bases.remember(slug(root), root, directory)
    except OSError:
        return  # the write that follows reports a state directory that cannot be written
