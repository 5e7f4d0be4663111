"""Bringing the memory of a moved project to where the project is now.

A project is known by its root, its first commits and its remotes. The path gives the folder name (the
slug), so a renamed project folder would lose its memory; the registry finds it again.
"""

import os

from memctl import places
from memctl.errors import NotFound, Refused
from memctl.services.ownership.identity import identify, plain_urls
from memctl.store.disk import files, lock
from memctl.store.state import registry
from memctl.store.state.registry import Record
from memctl.store.state.resolve import Place, project_root, slug


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


def adopt(place: Place, source: str | None) -> Record:
    """Bring the memory of a moved project to `place.root`; `source` is its old root or its directory.

    Raises NotFound when there is none, Refused when several could be meant or memories are here already.
    """
    finish()
    if source is None:
        lost = _lost(place)
        if not lost:
            raise NotFound(
                "no memory of this project is looking for it", hint="`memctl project list --orphans`"
            )
        if len(lost) > 1:
            names = ", ".join(r.roots[0] for r in lost)
            raise Refused(
                f"{len(lost)} stores could be meant: {names}", hint="name one of them", slug="ambiguous"
            )
        return _move(lost[0], place.root)
    return _move(_by_source(source), place.root)


def move(old: str, new: str) -> Record:
    """Bring the memory of the project that was at `old` to the one at `new`. Raises as `adopt`."""
    finish()
    return _move(_by_source(old), project_root(os.path.realpath(new)))


def _by_source(source: str) -> Record:
    wanted = os.path.abspath(os.path.expanduser(source))
    for record in registry.every():
        if wanted in (record.directory, *record.roots) or os.path.realpath(wanted) in record.roots:
            return record
    raise NotFound(f"no project is registered for {wanted}", hint="`memctl project list` shows them")


def _move(record: Record, root: str) -> Record:
    """Rename the directory and its state to the slug of `root`; resumable, see `finish`."""
    target = _target(record, root)
    if target != record.directory:
        with lock.held(record.directory, "project"):
            _make_room(target)
            record.moving = target
            registry.write(record)
            places.make_private(os.path.dirname(target))
            os.rename(record.directory, target)
    record = _settle(record, target)
    record.roots = [root]
    commits, remotes = identify(root)
    record.commits, record.remotes = commits or record.commits, remotes or record.remotes
    registry.write(record)
    return record


def _target(record: Record, root: str) -> str:
    """Where the directory belongs for `root`: beside where it was, under the new slug."""
    folder, last = os.path.split(record.directory)
    slugs = {slug(r) for r in record.roots}
    if last != "memory" or os.path.basename(folder) not in slugs:
        return record.directory  # it was named by the user: it stays, and only its project changes
    return os.path.join(os.path.dirname(folder), slug(root), "memory")


def _make_room(target: str) -> None:
    """An empty directory at the target goes; anything else is never overwritten."""
    if os.path.isdir(target) and not os.listdir(target):
        os.rmdir(target)
    if os.path.lexists(target):
        raise Refused(f"{target} holds memories already", hint="move them away first", slug="exists")


def _settle(record: Record, target: str) -> Record:
    """After the rename: the state follows the directory."""
    new_key = places.store_key(target)
    old, new = (os.path.join(registry.stores(), key) for key in (record.key, new_key))
    if record.key != new_key and os.path.isdir(old):
        if os.path.isdir(new):
            aside = f"{new}.before-{os.urandom(3).hex()}"
            os.rename(new, aside)
            files.discard(os.path.join(aside, registry.FILE))  # it is no project's any more
        os.rename(old, new)
    record.key, record.directory, record.moving = new_key, target, ""
    registry.write(record)
    return record


def finish() -> None:
    """Complete moves that were interrupted: forward when the directory has arrived, else back."""
    for record in registry.every():
        if not record.moving:
            continue
        if os.path.isdir(record.moving) and not os.path.isdir(record.directory):
            _settle(record, record.moving)
        elif os.path.isdir(record.directory):
            record.moving = ""
            registry.write(record)
