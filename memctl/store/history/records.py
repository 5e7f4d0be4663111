"""Reading the history: who changed what, when and why; older versions; whether it is whole.

A reference names a commit: an id or the beginning of one, `@` or `HEAD` for the last, `@~N` for the N-th
before it, or a date (`2026-11-20`, a day of local time; `2026-11-20T02:31`, UTC): the last commit that had
been made by then, at the end of a day, in the order of the history, whatever the clock said.
"""

import os
import re
from dataclasses import dataclass

from memctl.domain import times
from memctl.domain.fingerprint import blob_id
from memctl.domain.memory import INDEX
from memctl.errors import Damaged, NotFound, UsageError
from memctl.store.history import git, versions
from memctl.store.history.commits import ERASE, OUTSIDE, git_dir
from memctl.store.history.frame import BRANCH, read_tip

_ID = re.compile(r"[0-9a-f]{4,40}")
NOTHING = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""The empty tree, which git knows without having it."""

FORMS = "give the beginning of a commit (memctl log shows them), @~N, a date such as 2026-11-20, or 30d ago"

_HEAD = re.compile(r"[0-9a-f]{40}\x02\d+\x02")
_AT = re.compile(r"(?:@|HEAD)(?:~(\d*)|(\^*))?")


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
    undoes: tuple[str, ...] = ()  # ids of the changes that this one took back, the newest first
    redoes: tuple[str, ...] = ()  # ids of the changes that this one brought back

    @property
    def id(self) -> str:
        """The change's id, which stays when a history is rewritten or joined; else that of the commit."""
        return self.change or self.commit

    @property
    def is_outside(self) -> bool:
        """Whether this records no change of memctl's own: what somebody else did, or that something was
        erased for good, which nothing takes back."""
        return self.verb in (OUTSIDE, ERASE)


LEFT = "leave"
"""Verb of a commit by which files left one directory for another: half of a change, the other half is
shown."""

MERGED = "--diff-merges=first-parent"
"""Where two histories were joined, what came with it is what this directory did not have before."""


def log(
    directory: str, limit: int | None = None, file: str | None = None, *, here: bool = False
) -> list[Record]:
    """The last `limit` commits (None: all), newest first; with `file`, only those that touched it.

    With `here`, only what happened in this directory, without what had happened where files came from.

    Raises Damaged, and MemctlError where git is not installed.
    """
    found, damage = readable(directory, limit, file, here=here)
    if damage is not None:
        raise damage
    return found


def readable(
    directory: str, limit: int | None = None, file: str | None = None, *, here: bool = False, end: str = ""
) -> tuple[list[Record], Damaged | None]:
    """As `log`; of a damaged history the records that can be read, and what is wrong with it. `end` names the
    last commit that is looked at."""
    repository = git_dir(directory)
    if not read_tip(repository):
        return [], None
    arguments = [
        "log",
        "-z",
        "--name-only",
        "--no-renames",
        MERGED,
        "--format=%x00%H%x02%ct%x02%B",
        end or BRANCH,
    ]
    arguments[1:1] = ["--invert-grep", f"--grep=^Memctl-Verb: {LEFT}$"]
    if here:
        arguments.insert(1, "--first-parent")
    if limit is not None:
        arguments.insert(1, f"--max-count={limit}")
    if file is not None:
        arguments[1:1] = ["--full-history"]  # a version that another one of the same name was preferred to
        arguments += ["--", file]
    try:
        return _records(os.fsdecode(git.run(repository, *arguments))), None
    except Damaged as error:
        text = os.fsdecode(git.run_all(repository, *arguments))
        whole, _, last = text.rpartition("\0\0")  # the last record may have been cut short
        return _records(whole if _HEAD.match(last) is None else text), error


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
        undoes=tuple(found.get("Undoes", "").split()),
        redoes=tuple(found.get("Redoes", "").split()),
    )


def is_arrival(directory: str, commit: str) -> bool:
    """Whether what stands before `commit` happened where its files came from: it follows on their leaving."""
    before = ("--first-parent", "--max-count=1", "--skip=1", "--format=%B")
    said = git.run(git_dir(directory), "log", *before, commit)
    return f"Memctl-Verb: {LEFT}".encode() in said.splitlines()


def resolve(directory: str, ref: str) -> str:
    """The commit id that `ref` names. Raises NotFound, UsageError for what names none in any history."""
    repository = git_dir(directory)
    last = read_tip(repository)
    at = _AT.fullmatch(ref)
    if not last:
        raise NotFound("nothing is recorded in the history yet")
    if at:
        back = len(at[2]) if at[2] else int(at[1] or 1) if at[1] is not None else 0
        return _verified(repository, f"{last}~{min(back, 10**9)}", ref)
    if _ID.fullmatch(ref.lower()):
        return _verified(repository, ref.lower(), ref)
    day, moment = times.day(ref), times.parse(ref)
    if moment is None:
        raise UsageError(f"{ref!r} is no commit, `@~N` or date", hint=FORMS)
    found = _by_date(repository, moment if day is None else day[1] - 1)
    if not found:
        raise NotFound(f"the history begins after {ref}", hint="memctl log shows the commits")
    return found


def _verified(repository: str, name: str, ref: str) -> str:
    found = git.run(repository, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", good=(0, 1, 128))
    if not found:
        git.run(repository, "rev-list", "--count", BRANCH)  # a chain that is broken is Damaged, not too short
        raise NotFound(f"the history has no commit {ref}", hint="memctl log shows the commits")
    return found.decode().strip()


def _by_date(repository: str, moment: float) -> str:
    """The last commit that was made by `moment`, or "" when that is before the first."""
    for line in git.run(repository, "log", "--first-parent", "--format=%H %ct", BRANCH).decode().splitlines():
        commit, when = line.split()
        if float(when) <= moment:
            return commit
    return ""


def at(directory: str, moment: float) -> str:
    """The last commit that was made by `moment`; "" when that is before the first, or there is none."""
    return _by_date(git_dir(directory), moment) if tip(directory) else ""


def _since(directory: str, ref: str) -> str:
    """The commit from which `diff REF` looks: of a date what was there when it began, "" before the first."""
    day, moment = times.day(ref), times.parse(ref)
    if moment is None or _ID.fullmatch(ref.lower()):
        return resolve(directory, ref)
    return _by_date(git_dir(directory), moment if day is None else day[0] - 1)


DIFF_MAX = 4 * 1024 * 1024
"""Bytes of a diff that are shown: nobody reads more, and a huge file must not take all memory."""


def diff(directory: str, ref: str | None = None) -> str:
    """A unified diff from `ref` to what is recorded last; without `ref`, what the last commit did.

    A date means the moment at which it began, so that of a day its own changes are shown; before the first
    change everything is new. Have the write door record what changed outside before, so that what is
    recorded last is what is on disk. Bytes that are no UTF-8 come as lone surrogates. Raises NotFound,
    Damaged.
    """
    repository = git_dir(directory)
    last = read_tip(repository)
    if not last:
        return ""
    ends = [last] if ref is None else [_since(directory, ref) or NOTHING, last]
    return _diff(repository, ends, ())


def diff_between(directory: str, old: str, new: str, touched: tuple[str, ...]) -> str:
    """A unified diff of the files `touched` from commit `old` to commit `new`; `ID~1` may be before all."""
    repository = git_dir(directory)
    ask = ("rev-parse", "--verify", "--quiet")
    ends = [git.run(repository, *ask, f"{end}^{{tree}}", good=(0, 1)).decode().strip() for end in (old, new)]
    return _diff(repository, [end or NOTHING for end in ends], touched)


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
        MERGED,
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
    there = versions.blobs(directory, commit) if wanted else {}
    known = versions.read(directory, {file: there[file] for file in wanted if file in there})
    return {file: known.get(file) for file in wanted}


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
