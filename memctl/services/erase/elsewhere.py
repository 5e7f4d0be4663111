"""Where an erased text may still stand: what memctl does not own, or could not write anew, by name."""

import glob
import mmap
import os
import shutil
import tempfile
from collections.abc import Iterator

from memctl.agents.transcripts import readers
from memctl.domain.erasure import Erasure, forms
from memctl.domain.memory import INDEX
from memctl.errors import MemctlError
from memctl.store.disk import files
from memctl.store.history import git, graph
from memctl.store.history.commits import git_dir
from memctl.store.state import traces
from memctl.store.state.bases import claude_config
from memctl.store.state.resolve import Place
from memctl.text.escape import escape

LOOKED_FOR = 20
"""Of the lines of a memory the longest so many are looked for in transcripts, which may be gigabytes."""

_CLAUDE = ("history.jsonl", "file-history", "paste-cache")
"""What Claude Code keeps beside its transcripts."""


def left(place: Place, erasure: Erasure) -> list[str]:
    """One sentence for each place that still holds what was erased, or that nobody could look into."""
    return [
        *(
            f"{escape(path)} still holds it: remove it by hand"
            for path in traces.left(place.directory, erasure)
        ),
        *_set_aside(place.directory, erasure),
        *_other_memories(place.directory, erasure),
        *(f"the agent's own record {escape(path)} holds it" for path in _transcripts(place.root, erasure)),
        *_beside(place.directory, erasure),
        *_copies(place.directory),
    ]


def clear_editors(erasure: Erasure) -> None:
    """Remove the copies that `memctl edit` left for the person, where they hold it."""
    needles = _needles(erasure)
    for folder in glob.glob(os.path.join(glob.escape(tempfile.gettempdir()), "memctl-edit-*")):
        if os.path.islink(folder) or os.lstat(folder).st_uid != os.geteuid():
            continue
        paths = (os.path.join(folder, name) for name in os.listdir(folder))
        if any(_holds(path, needles) for path in paths):
            shutil.rmtree(folder, ignore_errors=True)


def _set_aside(directory: str, erasure: Erasure) -> Iterator[str]:
    finds = traces.finder(erasure)
    for repository in traces.set_aside(directory):
        try:
            out = git.run(repository, "cat-file", "--batch-all-objects", "--batch")
        except MemctlError:
            yield f"{repository} is damaged and could not be looked into: remove it by hand"
            continue
        if finds(out):
            yield f"{repository} still holds it: remove it by hand"


def _other_memories(directory: str, erasure: Erasure) -> Iterator[str]:
    """Memories that say the same, now or in a version before: they are others', and stay."""
    needles = _needles(erasure)
    paths = (path for path in _below(directory) if path.endswith(".md"))
    now = {os.path.relpath(path, directory) for path in paths if _holds(path, needles)}
    for file in sorted(now):
        yield f"{escape(file)} says the same"
    for file in sorted(_past_files(git_dir(directory), erasure) - now):
        way = "" if file == INDEX else f": memctl forget --for-good {escape(file.removesuffix('.md'))}"
        yield f"versions of {escape(file)} in the history say the same{way}"


def _past_files(repository: str, erasure: Erasure) -> set[str]:
    """The files of which the history keeps a version that holds it."""
    if not git.program() or not os.path.isdir(repository):
        return set()
    finds = traces.finder(erasure)
    held = {blob: file for step in graph.read(repository) for file, _, blob in step.changes if blob}
    return {held[blob] for blob, raw in graph.contents(repository, held) if finds(raw)}


def _transcripts(root: str, erasure: Erasure) -> Iterator[str]:
    needles = _needles(erasure)
    for path in dict.fromkeys(_recorded(root)):
        if _holds(path, needles):
            yield path


def _recorded(root: str) -> Iterator[str]:
    home = os.path.expanduser("~")
    for _, reader in readers.formats():
        for path in reader.find(root, home):
            yield path
            yield from _below(os.path.splitext(path)[0])
    for name in _CLAUDE:
        path = os.path.join(claude_config(), name)
        yield from _below(path) if os.path.isdir(path) else (path,)


def _below(folder: str) -> Iterator[str]:
    for at, _, names in os.walk(folder):
        yield from (os.path.join(at, name) for name in sorted(names))


def _beside(directory: str, erasure: Erasure) -> Iterator[str]:
    """What others left in the memory directory: an editor's swap file, a backup of its own."""
    needles = _needles(erasure)
    for path in _below(directory):
        if not path.endswith(".md") and _holds(path, needles):
            yield f"{escape(path)} holds it"


def _copies(directory: str) -> Iterator[str]:
    """What goes with the memory directory or its history to other places."""
    at = os.path.realpath(directory)
    while at != os.path.dirname(at):
        if os.path.lexists(os.path.join(at, ".git")):
            yield f"the git repository {escape(at)} around the memory directory may hold it in its commits"
        at = os.path.dirname(at)
    if git.program() and os.path.isdir(git_dir(directory)):
        out = git.run(git_dir(directory), "config", "--get-regexp", r"^remote\..*\.url$", good=(0, 1))
        for line in out.decode("utf-8", "replace").splitlines():
            yield f"the remote {escape(line.partition(' ')[2])} may hold it, and whoever fetched from there"


def _needles(erasure: Erasure) -> list[bytes]:
    longest = sorted(erasure.needles, key=len, reverse=True)[:LOOKED_FOR]
    return [form for text in longest for form in forms(text)]


def _holds(path: str, needles: list[bytes]) -> bool:
    try:
        handle = os.open(path, files.READ_FLAGS)
    except OSError:
        return False
    try:
        with mmap.mmap(handle, 0, access=mmap.ACCESS_READ) as content:
            return any(content.find(needle) >= 0 for needle in needles)
    except (OSError, ValueError):  # empty, or no regular file
        return False
    finally:
        os.close(handle)
