"""Where an erased text may still stand: what memctl does not own, or could not write anew, by name."""

import errno
import glob
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator

from memctl import places
from memctl.agents import skill_folders, table
from memctl.agents.transcripts import readers
from memctl.domain import skill_file
from memctl.domain.erasure import Erasure, forms
from memctl.domain.memory import INDEX
from memctl.errors import MemctlError
from memctl.store.history import git, graph, plumbing
from memctl.store.history.commits import git_dir
from memctl.store.state import traces
from memctl.store.state.bases import claude_config
from memctl.store.state.resolve import Place
from memctl.store.write import copies
from memctl.text.escape import escape

LOOKED_FOR = 20
"""Of the lines of a memory the longest so many are looked for in transcripts, which may be gigabytes."""

_CLAUDE = ("history.jsonl", "file-history", "paste-cache")
"""What Claude Code keeps beside its transcripts."""


def left(place: Place, erasure: Erasure) -> list[str]:
    """One sentence for each place that still holds what was erased, or that nobody could look into."""
    directory = place.directory
    own = traces.needles(erasure.needles)
    sentences = erasure.sentences
    sessions = os.path.join(places.store_state(directory), "sessions")
    found = [
        *_named(traces.kept(directory), own, lambda path: _kept(path, erasure)),
        *_named(traces.below(sessions), [], lambda path: _kept(path, erasure), sentences),
        *_set_aside(directory, erasure),
        *_other_memories(directory, erasure),
        *_named(
            _recorded(place.root),
            _needles(erasure),
            lambda path: f"the agent's own record {path} holds it",
            _longest(sentences),
        ),
        *_named(
            _skills(place.root),
            _needles(erasure),
            lambda path: f"the skill {path} holds it",
            _longest(sentences),
        ),
        *_named(_beside(directory), _needles(erasure), lambda path: f"{path} holds it"),
        *_remotes(directory),
        *(
            f"{escape(path)} is about to be copied into another project, and may hold it"
            for path in copies.left()
        ),
    ]
    return list(dict.fromkeys(found))


def _named(
    paths: Iterable[str], needles: list[bytes], say: Callable[[str], str], sentences: tuple[bytes, ...] = ()
) -> Iterator[str]:
    """What `say` says of each file that holds one of `needles`, or of `sentences` however it is spaced; one
    that cannot be read is said to be so."""
    for path in dict.fromkeys(paths):
        try:
            if traces.holds(path, needles, sentences):
                yield say(escape(path))
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.EINVAL):  # gone, or no file with bytes
                yield f"{escape(path)} could not be looked into: {error.strerror}"


def _kept(path: str, erasure: Erasure) -> str:
    folder, name = os.path.split(path)
    known = name.removesuffix(".json")
    ways = {"inbox": f"memctl review --reject {known}", "spool": f"memctl doctor --drop-kept {known}"}
    if os.path.basename(folder) in ways and ".before-" not in path:
        return f"also mentioned in: {path}, which is another fact: {ways[os.path.basename(folder)]}"
    return f"{path} still holds it: remove it by hand" if erasure.is_known else f"also mentioned in: {path}"


def clear_editors(erasure: Erasure) -> None:
    """Remove the copies that `memctl edit` left for the person, where they hold it."""
    for folder in glob.glob(os.path.join(glob.escape(tempfile.gettempdir()), "memctl-edit-*")):
        if os.path.islink(folder) or os.lstat(folder).st_uid != os.geteuid():
            continue
        paths = (os.path.join(folder, name) for name in os.listdir(folder))
        if erasure.is_known and "" in _named(paths, _needles(erasure), lambda path: ""):
            shutil.rmtree(folder, ignore_errors=True)


def _set_aside(directory: str, erasure: Erasure) -> Iterator[str]:
    finds = traces.finder(erasure)
    for repository in traces.set_aside(directory):
        try:
            names = [name for name, _ in plumbing.listed(repository)]
            found = any(finds(raw) for _, raw in graph.contents(repository, names))
        except MemctlError:
            yield f"{repository} is damaged and could not be looked into: remove it by hand"
            continue
        if found:
            yield f"{repository} still holds it: remove it by hand"


def _other_memories(directory: str, erasure: Erasure) -> Iterator[str]:
    """Memories that say the same, now or in a version before: they are others', and stay."""
    paths = [path for path in traces.below(directory) if path.endswith(".md")]
    now = []
    for said in _named(paths, _needles(erasure), str):
        file = os.path.relpath(said, escape(directory))
        if said not in map(escape, paths):
            yield said
            continue
        now.append(file)
        yield f"{file} says the same" if erasure.is_known else f"also mentioned in: {file}"
    for file in sorted(_past_files(git_dir(directory), erasure)):
        if escape(file) in now:
            continue
        way = "" if file == INDEX else f": memctl forget --for-good {escape(file.removesuffix('.md'))}"
        if erasure.is_known:
            yield f"versions of {escape(file)} in the history say the same{way}"
        else:
            yield f"also mentioned in: versions of {escape(file)} in the history"


def _past_files(repository: str, erasure: Erasure) -> set[str]:
    """The files of which the history keeps a version that holds it."""
    if not git.program() or not os.path.isdir(repository):
        return set()
    finds = traces.finder(erasure)
    held = {blob: file for step in graph.read(repository) for file, _, blob in step.changes if blob}
    return {held[blob] for blob, raw in graph.contents(repository, held) if finds(raw)}


def _recorded(root: str) -> Iterator[str]:
    home = os.path.expanduser("~")
    for _, reader in readers.formats():
        for path in reader.find(root, home):
            yield path
            yield from traces.below(os.path.splitext(path)[0])
    for name in _CLAUDE:
        path = os.path.join(claude_config(), name)
        yield from traces.below(path) if os.path.isdir(path) else (path,)


def _skills(root: str) -> Iterator[str]:
    """The skills of the project at `root` and of the person: one may be drafted from the same words. With
    them every folder there that cannot be looked into."""
    for agent, at in itertools.product(table.with_skills(), (root, None)):
        found = traces.below(skill_folders.folder(agent, at))
        yield from (
            path for path in found if os.path.basename(path) == skill_file.FILE or os.path.isdir(path)
        )


def _beside(directory: str) -> Iterator[str]:
    """What others left in the memory directory: an editor's swap file, a backup of its own."""
    return (path for path in traces.below(directory) if not path.endswith(".md"))


def _remotes(directory: str) -> Iterator[str]:
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


def _longest(sentences: tuple[bytes, ...]) -> tuple[bytes, ...]:
    return tuple(sorted(sentences, key=len, reverse=True)[:LOOKED_FOR])


def _needles(erasure: Erasure) -> list[bytes]:
    longest = sorted(erasure.needles, key=len, reverse=True)[:LOOKED_FOR]
    return [form for text in longest for form in forms(text)]
