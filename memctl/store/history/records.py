"""Reading the history: who changed what, when and why; older versions; whether it is whole.

A reference names a commit: an id or the beginning of one, `@` or `HEAD` for the last, `@~N` for the N-th
before it, or a date (`2026-11-20`, `2026-11-20T02:31`, UTC): the last commit that had been made by then,
in the order of the history, whatever the clock said.
"""

import os
import re
from dataclasses import dataclass

from memctl import places
from memctl.domain import times
from memctl.domain.fingerprint import blob_id
from memctl.domain.memory import INDEX
from memctl.errors import Damaged, NotFound
from memctl.store.disk import lock
from memctl.store.history import git
from memctl.store.history.commits import BRANCH, ERASE, OUTSIDE, git_dir, read_tip

_ID = re.compile(r"[0-9a-f]{4,40}")
_AT = re.compile(r"(?:@|HEAD)(?:~(\d{0,9})|(\^*))?")


@dataclass(frozen=True)
class Record:
    """One commit of the history."""

    commit: str
    when: float  # seconds since the epoch, as the clock said then
    verb: str  # "save", "mv", ...; "outside" for what was changed without memctl
    actor: str  # "memctl", an agent's name, or "outside"
    session: str | None
    why: str
    files: tuple[str, ...]
    change: str = ""

    @property
    def is_outside(self) -> bool:
        """Whether this records no change of memctl's own: what somebody else did, or that something was
        erased for good, which nothing takes back."""
        return self.verb in (OUTSIDE, ERASE)


def log(directory: str, limit: int | None = None, file: str | None = None) -> list[Record]:
    """The last `limit` commits (None: all), newest first; with `file`, only those that touched it.

    Raises Damaged, and MemctlError where git is not installed.
    """
    repository = git_dir(directory)
    if not read_tip(repository):
        return []
    arguments = ["log", "-z", "--name-only", "--no-renames", "--format=%x00%H%x02%ct%x02%B", BRANCH]
    if limit is not None:
        arguments.insert(1, f"--max-count={limit}")
    if file is not None:
        arguments += ["--", file]
    return _records(os.fsdecode(git.run(repository, *arguments)))


def _records(text: str) -> list[Record]:
    """Parse `git log`: an empty token (no file name is empty) says that a commit follows."""
    commits: list[tuple[str, list[str]]] = []
    expected = False
    for token in text.split("\0"):
        if token == "":
            expected = True
        elif expected:
            commits.append((token, []))
            expected = False
        else:
            names = commits[-1][1]
            names.append(token if names else token.removeprefix("\n"))
    return [_record(head, tuple(names)) for head, names in commits]


def _record(head: str, names: tuple[str, ...]) -> Record:
    commit, when, message = head.split("\x02", 2)
    found = dict(re.findall(r"^Memctl-(\w+): (.*)$", message, re.M))
    return Record(
        commit=commit,
        when=float(when),
        verb=found.get("Verb", OUTSIDE),
        actor=found.get("Actor", OUTSIDE),
        session=found.get("Session"),
        why=found.get("Why", ""),
        files=names,
        change=found.get("Change", ""),
    )


def resolve(directory: str, ref: str) -> str:
    """The commit id that `ref` names. Raises NotFound."""
    repository = git_dir(directory)
    last = read_tip(repository)
    at = _AT.fullmatch(ref)
    if not last:
        raise NotFound("nothing is recorded in the history yet")
    if at:
        back = len(at[2]) if at[2] else int(at[1] or 1) if at[1] is not None else 0
        return _verified(repository, f"{last}~{back}", ref)
    if _ID.fullmatch(ref.lower()):
        return _verified(repository, ref.lower(), ref)
    moment = _moment(ref)
    if moment is None:
        raise NotFound(f"{ref!r} is no commit, `@~N` or date", hint="memctl log shows the commits")
    return _by_date(repository, moment, ref)


def _verified(repository: str, name: str, ref: str) -> str:
    found = git.run(repository, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", good=(0, 1, 128))
    if not found:
        git.run(repository, "rev-list", "--count", BRANCH)  # a chain that is broken is Damaged, not too short
        raise NotFound(f"the history has no commit {ref}", hint="memctl log shows the commits")
    return found.decode().strip()


def _moment(text: str) -> float | None:
    moment = times.parse(text)
    if moment is not None and len(text) == len("2026-11-20"):
        return moment + 86_399  # a day: its last second
    return moment


def _by_date(repository: str, moment: float, ref: str) -> str:
    for line in git.run(repository, "log", "--format=%H %ct", BRANCH).decode().splitlines():
        commit, when = line.split()
        if float(when) <= moment:
            return commit
    raise NotFound(f"the history begins after {ref}", hint="memctl log shows the commits")


DIFF_MAX = 4 * 1024 * 1024
"""Bytes of a diff that are shown: nobody reads more, and a huge file must not take all memory."""


def diff(directory: str, ref: str | None = None) -> str:
    """A unified diff from `ref` to what is recorded last; without `ref`, what the last commit did.

    Have the write door record what changed outside before, so that what is recorded last is what is on disk.
    Bytes that are no UTF-8 come as lone surrogates. Raises NotFound and Damaged.
    """
    repository = git_dir(directory)
    last = read_tip(repository)
    if not last:
        return ""
    ends = [last] if ref is None else [resolve(directory, ref), last]
    return _diff(repository, ends, ())


def diff_between(directory: str, old: str, new: str, touched: tuple[str, ...]) -> str:
    """A unified diff of the files `touched` from commit `old` to commit `new`."""
    return _diff(git_dir(directory), [old, new], touched)


def _diff(repository: str, ends: list[str], touched: tuple[str, ...]) -> str:
    options = [
        "-p",
        "-r",
        "--root",
        "--no-commit-id",
        "--text",
        "--no-ext-diff",
        "--no-textconv",
        "--no-color",
    ]
    arguments = ["diff-tree", *options, "-M", "--src-prefix=a/", "--dst-prefix=b/", *ends, "--", *touched]
    out, more = git.run_some(repository, DIFF_MAX, *arguments)
    if more:
        out = out[: out.rfind(b"\n") + 1] + b"\\ The diff goes on; it is cut here.\n"
    return os.fsdecode(out)


def show(directory: str, file: str, ref: str) -> bytes:
    """The bytes of `file` as they were at `ref`. Raises NotFound."""
    commit = resolve(directory, ref)
    content = contents(directory, commit, (file,))[file]
    if content is None:
        raise NotFound(f"{file} did not exist at {ref}", hint="memctl log shows when it did")
    return content


def contents(directory: str, commit: str, wanted: tuple[str, ...]) -> dict[str, bytes | None]:
    """The bytes of each file of `wanted` at `commit`; None where it did not exist. "" is before all.

    Raises Damaged for a version that the history should hold and does not.
    """
    found: dict[str, bytes | None] = dict.fromkeys(wanted)
    if not commit or not wanted:
        return found
    repository = git_dir(directory)
    blobs = {}
    for record in git.run(repository, "ls-tree", "-r", "-z", commit, "--", *wanted).split(b"\0")[:-1]:
        head, file = record.split(b"\t", 1)
        blobs[os.fsdecode(file)] = head.split()[2]
    out = git.run(repository, "cat-file", "--batch", stdin=b"".join(b + b"\n" for b in blobs.values()))
    at = 0
    for name in blobs:
        end = out.find(b"\n", at)
        about = out[at : max(end, at)].split()  # "ID blob SIZE", or "ID missing"
        if len(about) != 3:
            raise git.damaged(repository, f"the version of {name} in {commit[:12]} is lost")
        size = int(about[2])
        found[name] = out[end + 1 : end + 1 + size]
        at = end + size + 2
    return found


def every_file(directory: str) -> set[str]:
    """Every file that the history has ever held, the index left out."""
    if not tip(directory):
        return set()
    arguments = ("log", "-z", "--name-only", "--no-renames", "--format=", BRANCH)
    return {os.fsdecode(f) for f in git.run(git_dir(directory), *arguments).split(b"\0")} - {"", INDEX}


def has_blob(directory: str, content: bytes) -> bool:
    """Whether the history holds a file of just these bytes."""
    known = git.run(git_dir(directory), "cat-file", "--batch-check", stdin=blob_id(content).encode() + b"\n")
    return b" blob " in known


def tip(directory: str) -> str:
    """The last commit, or "" when there is none."""
    return read_tip(git_dir(directory))


def parent(directory: str, commit: str) -> str:
    """The commit before `commit`, or "" when it is the first."""
    found = git.run(git_dir(directory), "rev-parse", "--verify", "--quiet", f"{commit}~1", good=(0, 1))
    return found.decode().strip()


def knows(directory: str, change: str) -> str | None:
    """The commit that recorded the change with this id, or None."""
    repository = git_dir(directory)
    if not read_tip(repository):
        return None
    pattern = f"^Memctl-Change: {change}$"
    found = git.run(repository, "log", "--max-count=1", "--format=%H", f"--grep={pattern}", BRANCH)
    return found.decode().strip() or None


def verify(directory: str) -> list[str]:
    """What is wrong with the history, one sentence each; empty when it is whole or there is none yet.

    Raises MemctlError when it could not be checked, which says nothing about the history.
    """
    repository = git_dir(directory)
    if not os.path.isdir(repository):
        return []
    try:
        if not read_tip(repository):
            return []
        git.check(repository)
    except Damaged as error:
        return [error.message]
    return []


def set_aside(directory: str) -> str | None:
    """Move a damaged history out of the way; the next change begins a new one. Returns where it is now."""
    repository = git_dir(directory)
    if not os.path.isdir(repository):
        return None
    moved = f"{repository}.damaged-{os.urandom(3).hex()}"
    with lock.held(directory, "doctor"):
        os.rename(repository, moved)
        places.sync_folder(os.path.dirname(repository))
    return moved
