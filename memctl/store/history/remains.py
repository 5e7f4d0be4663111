"""Damaged histories that lie beside the one in use: what can be read of them is joined with it, once.

The damaged ones stay, every byte. Version 0.1.0 set one aside as a whole and began anew; today's repair
leaves one of which everything readable is in use already. Which ones were looked into is kept beside them,
by name.
"""

import os

from memctl import places
from memctl.store.disk import files, lock
from memctl.store.history import frame, git, graph, joining, objects
from memctl.store.history.commits import Note, git_dir
from memctl.store.history.salvage import salvage
from memctl.text.counted import counted

FILE = "looked-into"
_MAX = 1 << 20


def unread(directory: str) -> list[str]:
    """The damaged histories of `directory` that nobody has looked into yet."""
    state = places.store_state(directory)
    begin = os.path.basename(git_dir(directory)) + ".damaged-"
    try:
        names = [name for name in files.names(state) if name.startswith(begin)]
        known = _known(state) if names else []
    except OSError:
        return []
    return [os.path.join(state, name) for name in sorted(names) if name not in known]


def _known(state: str) -> list[str]:
    try:
        return os.fsdecode(files.read_regular(os.path.join(state, FILE), _MAX)[0]).split("\n")
    except FileNotFoundError:
        return []


def mark(path: str) -> None:
    """Remember that what can be read of the damaged history at `path` is in use. Raises OSError."""
    state, name = os.path.split(path)
    lines = [*filter(None, _known(state)), name, ""]
    files.write_private(os.path.join(state, FILE), os.fsencode("\n".join(lines)))


def join(directory: str, now: float) -> list[str]:
    """Join what can be read of each; a sentence for what became of it. Raises Locked, Damaged, OSError."""
    told = []
    with lock.held(directory, "doctor") as held:
        for path in unread(directory):
            told.append(_join(directory, path, held, now))
            mark(path)
    return told


def _join(directory: str, path: str, held: int, now: float) -> str:
    name = os.path.basename(path)
    target = f"{git_dir(directory)}.{os.urandom(6).hex()}.tmp"
    try:
        os.mkdir(target, 0o700)
        git.feed(target, git.NEW, [], held)
        tip = frame.written_tip(path)
        done = salvage(path, target, directory, (tip,) if tip else ())
        if not done.commits:
            return f"nothing of {name} can be read; it stays where it is"
        git.check(target)
        if graph.leads_to(git_dir(directory), frame.read_tip(target)):
            return f"all that can be read of {name} is in the history"
        came = Note("doctor", (), "memctl", why=f"what can be read of {name}")
        joining.add(directory, target, held, came, now)
    except (ValueError, KeyError):
        return f"nothing of {name} can be read; it stays where it is"
    finally:
        objects.discard(target)
    lost = f"; lost: {', '.join(done.lost)}" if done.lost else ""
    return f"joined {counted(done.commits, 'change')} of {name} with the history{lost}"
