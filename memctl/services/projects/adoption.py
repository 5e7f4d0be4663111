"""Bringing the memory of a moved project to where the project is now.

A project is known by its root, its first commits and its remotes. The path gives the folder name (the
slug), so a renamed project folder would lose its memory; the registry finds it again.
"""

import os

from memctl.errors import NotFound, Refused
from memctl.services.ownership.identity import identify, plain_urls
from memctl.services.projects import placement
from memctl.services.projects.moving import Brought, bring
from memctl.services.write.door import WriteDoor
from memctl.store.state import registry
from memctl.store.state.registry import Record
from memctl.store.state.resolve import Place, project_root, resolve, slug


def offer(place: Place) -> str:
    """Where the memory of this project is when its folder was moved, as a sentence, or ""."""
    found = _lost(place)
    if not found:
        return ""
    record = found[0]
    was = record.roots[0]
    return (
        f"no memory here yet, but {record.directory} belongs to the same project, which was {was}; "
        f"`memctl project adopt` brings it here"
    )


def _lost(place: Place) -> list[Record]:
    """Stores of the same project whose root is gone, the best match first."""
    orphans = [r for r in registry.every() if r.is_orphan and os.path.isdir(r.directory)]
    if not orphans:
        return []
    commits, remotes = identify(place.root)
    scored = []
    for record in orphans:
        same = 2 * bool({*commits} & {*record.commits}) + bool({*remotes} & plain_urls(record.remotes))
        if same:
            scored.append((same, record))
    return [record for _, record in sorted(scored, key=lambda item: -item[0])]


def adopt(place: Place, source: str | None, *, now: float) -> Brought:
    """Bring the memory of a moved project to `place.root`; `source` is its old root or its directory.

    Without a `source`, memories of the project that stand in several folders come together first.

    Raises NotFound when there is none, Refused when several could be meant, and as `moving.bring`.
    """
    finish(now=now)
    if source is not None:
        return _move(_by_source(source), place.root, now)
    together = placement.gather(place, now=now)
    if together is not None:
        return together
    lost = _lost(place)
    if not lost:
        raise NotFound("no memory of this project is looking for it", hint="`memctl project list --orphans`")
    if len(lost) > 1:
        names = ", ".join(r.roots[0] for r in lost)
        raise Refused(
            f"{len(lost)} stores could be meant: {names}", hint="name one of them", slug="ambiguous"
        )
    return _move(lost[0], place.root, now)


def move(old: str, new: str, *, now: float) -> Brought:
    """Bring the memory of the project that was at `old` to the one at `new`. Raises as `adopt`."""
    finish(now=now)
    return _move(_by_source(old), project_root(os.path.realpath(new)), now)


def _by_source(source: str) -> Record:
    wanted = os.path.abspath(os.path.expanduser(source))
    for record in registry.every():
        if wanted in (record.directory, *record.roots) or os.path.realpath(wanted) in record.roots:
            return record
    raise NotFound(f"no project is registered for {wanted}", hint="`memctl project list` shows them")


def _move(record: Record, root: str, now: float) -> Brought:
    was = record.roots[0] if record.roots else record.directory
    return bring(record.directory, _target(record, root), root, now=now, why=f"the memory of {was}")


def _target(record: Record, root: str) -> str:
    """Where the project at `root` looks for its memory; where that is a place that the user named, beside
    where the directory was, under the new slug."""
    folder, last = os.path.split(record.directory)
    slugs = {slug(r) for r in record.roots}
    if last != "memory" or os.path.basename(folder) not in slugs:
        return record.directory  # it was named by the user: it stays, and only its project changes
    place = resolve(root)
    return place.directory if place.by_slug else os.path.join(os.path.dirname(folder), slug(root), "memory")


def finish(*, now: float) -> None:
    """Complete every move that was interrupted, also one that 0.1.0 began: forward when the directory has
    arrived by then, else back. Raises as `moving.bring`."""
    for record in registry.every():
        if record.moving and os.path.isdir(record.moving) and not os.path.isdir(record.directory):
            bring(record.directory, record.moving, record.roots[0] if record.roots else "", now=now)
        elif record.moving:
            record.moving = ""
            registry.write(record)
        WriteDoor(Place(record.directory, "", [])).repair(now=now)
