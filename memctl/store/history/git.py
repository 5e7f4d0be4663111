"""Running git on memctl's own repository, deaf to everything else on the machine.

No system or user configuration, no `GIT_*` of the caller, no hooks, no pager, no external diff or filter:
a repository or a setting that an attacker controls finds nothing here that listens to it.
"""

import contextlib
import os
import subprocess
import threading
from collections.abc import Iterable, Sequence
from typing import IO

from memctl import programs
from memctl.errors import Damaged, MemctlError
from memctl.store.disk import files
from memctl.store.disk.oserrors import gist, said_failed, write_failed

_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "protocol.ext.allow=never",
    "commit.gpgsign=false",
    "core.symlinks=false",
    "core.attributesFile=/dev/null",
    "core.quotePath=false",
    # File names of a memory directory are data: git's rules for other systems must not refuse them.
    "core.protectHFS=false",
    "core.protectNTFS=false",
    # Everything that a commit needs is on disk before the command says so, and a pack with its index before
    # the objects go that it takes the place of.
    "core.fsync=all",
    "core.fsyncMethod=fsync",
    # Garbage collection leaves the branch alone, so that it never meets a writer there.
    "gc.packRefs=false",
    "gc.auto=1500",
    "gc.autoPackLimit=40",
    "pack.threads=1",
    "pack.windowMemory=64m",
)

_BROKEN = (
    "corrupt", "not a valid object", "bad object", "unable to read tree", "missing tree", "invalid object",
    "not a git repository", "bad ref", "not a tree object", "Not a valid commit", "missing blob",
    "bad signature", "missing from", "unable to unpack", "bad tree", "could not read", "Invalid ref",
    "is empty", "bad revision", "broken", "missing commit", "missing tag", "mismatch", "inflate", "garbage",
    "unable to parse", "not a commit", "invalid sha1 pointer", "invalid reflog", "bad file",
    "unable to stream", "Failed to traverse", "bad config", "corrupt", "unknown repository",
)  # fmt: skip
"""What git says when the repository itself is at fault, rather than the disk."""

_LINT = ("error in ", "warning in ")
"""What git says of an object whose bytes are what was written: names that it would not check out, say."""

_PASSING = (
    "temporarily unavailable", "allocate memory", "ut of memory", "Too many open files", "Permission denied",
    "not permitted", "No space left", "Disk quota", "Interrupted", "Input/output error", "Stale file handle",
    "mmap failed", "cannot fork", "unable to create thread", "timed out",
)  # fmt: skip
"""What the machine says through git. With any of it, nothing else that git says is evidence of damage."""


NEW = ("init", "--quiet", "--bare", "--template=", "--initial-branch=main")
"""What makes a repository."""

PRIVATE = 0o077
"""The umask of git: what it makes is for the user alone, whatever theirs is."""


def program() -> str | None:
    """The absolute path of git, or None."""
    return programs.find("git")


def required() -> str:
    """The path of git; raises MemctlError where it is not installed."""
    found = program()
    if found is None:
        raise MemctlError("git is not installed, and the history is kept with git", hint="install git")
    return found


def command(git_dir: str, arguments: Sequence[str]) -> list[str]:
    """The whole command line for `git ARGUMENTS` on the repository `git_dir`."""
    line = [required(), f"--git-dir={os.path.abspath(git_dir)}", "--no-pager", "--literal-pathspecs"]
    for setting in _SETTINGS:
        line += ["-c", setting]
    return [*line, *arguments]


def environment() -> dict[str, str]:
    """What git is told of the caller's environment: where programs are, and nothing else."""
    return {
        "PATH": programs.path(),
        "HOME": os.devnull,
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_DEFAULT_HASH": "sha1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
    }


def run(git_dir: str, *arguments: str, stdin: bytes = b"", good: Iterable[int] = (0,)) -> bytes:
    """Run a git command that only reads; returns its stdout.

    Raises Damaged, and WriteFailed where the system grants no process or pipe.
    """
    line = command(git_dir, arguments)
    try:
        done = subprocess.run(
            line, input=stdin, capture_output=True, env=environment(), umask=PRIVATE, cwd=os.sep, check=False
        )
    except OSError as error:
        raise write_failed(error, "a request to git") from error
    if done.returncode not in good:
        raise failure(git_dir, done.stderr)
    return done.stdout


def run_all(git_dir: str, *arguments: str, stdin: bytes = b"") -> bytes:
    """As `run`, for a repository that may be damaged: what git says before it gives up."""
    return subprocess.run(
        command(git_dir, arguments), input=stdin, capture_output=True, env=environment(), umask=PRIVATE,
        cwd=os.sep, check=False,
    ).stdout  # fmt: skip


def run_some(git_dir: str, limit: int, *arguments: str) -> tuple[bytes, bool]:
    """As `run`, for what may be long: at most `limit` bytes of stdout, and whether there were more."""
    try:
        started = subprocess.Popen(
            command(git_dir, arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=environment(), umask=PRIVATE, cwd=os.sep,
        )  # fmt: skip
    except OSError as error:
        raise write_failed(error, "a request to git") from error
    assert started.stdout is not None
    with started:
        out = started.stdout.read(limit + 1)
        if len(out) > limit:
            started.kill()
            return out[:limit], True
        _, said = started.communicate()
    if started.returncode != 0:
        raise failure(git_dir, said)
    return out, False


def feed(git_dir: str, arguments: Sequence[str], parts: Iterable[bytes], lock: int | None) -> bytes:
    """Run a git command that writes, feeding it `parts`; returns its stdout.

    The process inherits the descriptor `lock`, so that the lock is held until git is done even when memctl
    is killed. Raises Damaged or WriteFailed.
    """
    started = subprocess.Popen(
        command(git_dir, arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        umask=PRIVATE,
        cwd=os.sep,
        pass_fds=() if lock is None else (lock,),
    )
    out, said = _Heard(started.stdout), _Heard(started.stderr)
    with started:
        try:
            _pour(started, parts)
            out.join()
            said.join()
        except BaseException:
            started.kill()  # without the closing `done`, fast-import changes nothing
            raise
    if started.returncode != 0:
        raise failure(git_dir, said.bytes)
    return out.bytes


class _Heard(threading.Thread):
    """What git says, taken while it is fed: with a full pipe each would wait for the other."""

    def __init__(self, pipe: IO[bytes] | None) -> None:
        super().__init__(daemon=True)
        assert pipe is not None
        self._pipe = pipe
        self.bytes = b""
        self.start()

    def run(self) -> None:
        """Read until git closes its end."""
        self.bytes = self._pipe.read()


def start_detached(git_dir: str, arguments: Sequence[str]) -> None:
    """Start a git command that goes on by itself; nobody waits for it and what it says is not heard."""
    subprocess.run(
        command(git_dir, arguments), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, env=environment(), umask=PRIVATE, cwd=os.sep, start_new_session=True,
        check=False,
    )  # fmt: skip


def _pour(started: "subprocess.Popen[bytes]", parts: Iterable[bytes]) -> None:
    assert started.stdin is not None
    try:
        for part in parts:
            started.stdin.write(part)
        started.stdin.flush()
    except BrokenPipeError:
        pass  # git gave up early; its exit status and stderr say why
    with contextlib.suppress(BrokenPipeError):
        started.stdin.close()


def tree(git_dir: str, commit: str) -> dict[str, str]:
    """Every file at `commit`, with the id of its bytes; nothing at "", which is before the first."""
    if not commit:
        return {}
    found = {}
    for record in run(git_dir, "ls-tree", "-r", "-z", commit).split(b"\0")[:-1]:
        head, file = record.split(b"\t", 1)
        found[os.fsdecode(file)] = head.split()[2].decode()
    return found


def check(git_dir: str) -> None:
    """Let git look at every object of a repository of memctl's own.

    Raises Damaged where it names something that is wrong, MemctlError where it could not look.
    """
    arguments = ("fsck", "--full", "--no-dangling", "--no-progress")
    try:
        done = subprocess.run(
            command(git_dir, arguments), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env=environment(), umask=PRIVATE, cwd=os.sep, check=False,
        )  # fmt: skip
    except OSError as error:
        raise MemctlError(f"the history could not be checked: {error.strerror or error}") from error
    if done.returncode == 0:
        return
    said = done.stdout.decode("utf-8", "replace")  # broken links and missing objects are named on stdout
    told = "\n".join(line for line in said.splitlines() if not line.startswith(_LINT))
    if done.returncode & ~1 == 0 and said.strip() and not told.strip():
        return
    if _names_damage(told, *_BROKEN):
        raise damaged(git_dir, gist(told))
    raise MemctlError(f"the history could not be checked: git fsck: {gist(said)} ({done.returncode})")


def damaged(git_dir: str, why: str) -> Damaged:
    """The error for a repository that is damaged, with what repairs it."""
    return Damaged(
        f"the history in {git_dir} is damaged: {why}",
        hint="memctl doctor --fix makes it whole with what can be read; no memory is touched",
    )


def failure(git_dir: str, said: bytes) -> MemctlError:
    """The error for what git said: the repository is damaged, or it could not be written."""
    text = said.decode("utf-8", "replace")
    if _names_damage(text, *_BROKEN):
        return damaged(git_dir, gist(text))
    return said_failed(text, "the history")


def _names_damage(said: str, *signs: str) -> bool:
    return any(sign in said for sign in signs) and not any(sign in said for sign in _PASSING)


def sweep_crash_reports(repository: str) -> None:
    """Remove what a `fast-import` that failed says of its crash."""
    with contextlib.suppress(OSError):
        for name in files.names(repository):
            if name.startswith("fast_import_crash_"):
                files.discard(os.path.join(repository, name))
