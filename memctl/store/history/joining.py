"""Two histories made one: the commits of both stay as they are, and one commit has both before it.

Its first parent is the line of this directory, so that walking back goes through what happened here; what
happened where the files come from is its other parent. A directory that holds no file goes on where the
other one ends, whatever it held before: there a commit says first that the files left, so that taking back
their coming leaves none.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace

from memctl.errors import Damaged
from memctl.store.disk import files
from memctl.store.history import collecting, git
from memctl.store.history.commits import Note, Recorder, git_dir, quoted, signed
from memctl.store.history.frame import BROUGHT, read_tip, sync
from memctl.store.history.records import LEFT

FETCH = (
    "-c", "gc.auto=0", "-c", "maintenance.auto=false", "-c", "fetch.unpackLimit=1", "fetch", "--quiet",
    "--no-tags", "--no-write-fetch-head", "--no-auto-gc",
)  # fmt: skip
"""Everything in one pack, and no tidying up: the commits are nobody's until the joining commit names them."""


def bring_objects(directory: str, theirs: str, lock: int) -> str:
    """Copy what the history `theirs` (a repository) holds into that of `directory`; returns its last commit.

    "" when it has none. It stands under BROUGHT until it is joined. Raises Damaged, WriteFailed, MemctlError.
    """
    tip = read_tip(theirs) if os.path.isdir(theirs) else ""
    if not tip:
        return ""
    recorder = Recorder(directory, lock)
    recorder.open()
    git.feed(recorder.git_dir, [*FETCH, os.path.abspath(theirs), f"{tip}:{BROUGHT}{tip}"], [], lock)
    return tip


def let_go(directory: str, lock: int) -> None:
    """Take out again what was copied for a joining that never began. Raises Damaged, WriteFailed, Locked."""
    repository = git_dir(directory)
    for ref in git.run(repository, "for-each-ref", "--format=%(refname)", BROUGHT).decode().split():
        git.run(repository, "update-ref", "-d", ref)
    with collecting.kept_out(repository):
        git.feed(repository, ["repack", "-a", "-d", "-q"], [], lock)
        git.feed(repository, ["prune", "--expire=now"], [], lock)


def add(directory: str, theirs: str, lock: int, came: Note, now: float) -> None:
    """Let the history of `directory`, which has one, go on from that in the repository `theirs` too; no file
    changes. Raises Damaged, WriteFailed."""
    tip = bring_objects(directory, theirs, lock)
    if tip:
        join(directory, lock, tip, replace(came, verb=LEFT, change=""), came, now, ())


def join(
    directory: str, lock: int, tip: str, left: Note, came: Note, now: float, touched: Iterable[str]
) -> str:
    """Record that the history which ends with `tip` goes on in that of `directory`; returns the commit.

    `left` is said where the files left, if none is recorded here, and `came` here; `touched`
    are the files whose bytes on disk came with it. Without a `tip` it is an ordinary commit. Raises
    Damaged, WriteFailed.
    """
    recorder = Recorder(directory, lock)
    recorder.open()
    ours = read_tip(recorder.git_dir)
    goes_on = bool(tip) and not git.tree(recorder.git_dir, ours)
    parts = _stream(directory, ours, tip, left if goes_on else None, came, now, touched)
    arguments = ["fast-import", "--quiet", "--done", "--date-format=raw"]
    commit = git.feed(recorder.git_dir, arguments, parts, lock).decode("ascii", "replace").strip()
    if read_tip(recorder.git_dir) != commit:
        raise Damaged(f"the history in {recorder.git_dir} does not hold the commit that git just made")
    sync(recorder.git_dir)
    if tip:
        git.run(recorder.git_dir, "update-ref", "-d", BROUGHT + tip)
    return commit


def _stream(
    directory: str, ours: str, tip: str, left: Note | None, came: Note, now: float, touched: Iterable[str]
) -> Iterator[bytes]:
    if left is not None:
        yield from signed(left, now, mark=1)
        yield b"from %s\ndeleteall\n\n" % tip.encode()
    yield from signed(came, now, mark=2)
    parents = [":1", ours] if left is not None else [ours, tip]
    for word, parent in zip((b"from", b"merge"), filter(None, parents), strict=False):
        yield b"%s %s\n" % (word, parent.encode())
    for file in touched:
        yield from _content(directory, file)
    yield b"\nget-mark :2\ndone\n"


def _content(directory: str, file: str) -> Iterator[bytes]:
    """The file as it is on disk; one that is gone or too large is left out, as in every commit."""
    try:
        content, stat = files.read_regular(os.path.join(directory, file), files.BODY_MAX + 1)
    except OSError:
        return
    if stat.st_size <= files.BODY_MAX:
        yield b"M 100644 inline %s\ndata %d\n" % (quoted(file), len(content))
        yield content
        yield b"\n"
