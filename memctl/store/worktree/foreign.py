"""Running git on a repository that somebody else made, without its configuration.

A configuration names programs: for signatures, for fetching what a partial clone lacks, for filters, pagers
and monitors; every new git may add one. So none of it is read. Each command runs in an empty repository of
memctl's own, which borrows the objects and the references of the other one; the settings on the command
line and in the environment are a second wall behind that.
"""

import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping

from memctl.errors import MemctlError
from memctl.store.disk import files
from memctl.store.disk.oserrors import gist, write_failed
from memctl.store.history import git

SECONDS = 30.0
"""How long one command may take: a reference that is a FIFO, say, would hold it for ever."""

CONFIG_MAX = 1024 * 1024
"""Bytes of a configuration that are read; more is nobody's honest one."""

_REF_MAX = 4096
_OWN_REFS = ("HEAD", "ORIG_HEAD", "FETCH_HEAD", "MERGE_HEAD")
"""References of one working tree. They are copied: git takes a HEAD that is a link for something else."""

_SHARED = ("refs", "packed-refs", "shallow", "reftable")

_FORMAT = re.compile(rb'(?i)(?:^|[\]\n])\s*(objectformat|refstorage)\s*=\s*"?(sha1|sha256|files|reftable)\b')
"""What of a configuration says how the bytes on disk are to be read, with the only values there are."""

_NEVER = (
    "protocol.allow=never", "log.showSignature=false", "gpg.program=false", "gpg.ssh.program=false",
    "gpg.x509.program=false", "diff.external=", "core.sshCommand=false", "core.askPass=false",
    "core.alternateRefsCommand=false", "credential.helper=", "core.pager=cat", "core.editor=false",
    "uploadpack.packObjectsHook=", "core.useReplaceRefs=false", "submodule.recurse=false",
)  # fmt: skip


def run(git_dir: str, *arguments: str, stdin: bytes = b"", seconds: float = SECONDS) -> bytes:
    """The output of a git command that reads objects and references of the repository `git_dir` only.

    Raises MemctlError with what git said, or when it took more than `seconds`.
    """
    with _borrowing(git_dir) as own:
        return _run(own, _common(git_dir), arguments, stdin, seconds)


def config(git_dir: str, pattern: str, *, seconds: float = SECONDS) -> list[tuple[str, str]]:
    """The (key, value) pairs of the repository's own configuration whose keys match `pattern`.

    It is parsed as a text: nothing is included, and nothing of it takes effect. Raises MemctlError.
    """
    raw = _config(_common(git_dir))
    arguments = ("config", "--file", "-", "--no-includes", "-z", "--get-regexp", pattern)
    with _borrowing("") as own:
        out = _run(own, own, arguments, raw, seconds, none=1)
    pairs = (item.partition("\n") for item in out.decode("utf-8", "surrogateescape").split("\0"))
    return [(key, value) for key, _, value in pairs if key]


def _run(
    own: str, common: str, arguments: tuple[str, ...], stdin: bytes, seconds: float, none: int = 0
) -> bytes:
    settings = [part for setting in _NEVER for part in ("-c", setting)]
    line = git.command(own, [*settings, *arguments])
    try:
        done = subprocess.run(
            line, input=stdin, capture_output=True, env=_environment(common), cwd=os.sep, timeout=seconds,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise MemctlError(f"git {arguments[0]}: no answer in {seconds:g} s") from None
    except OSError as error:
        raise write_failed(error, "a request to git") from error
    if done.returncode not in (0, none):
        said = gist(done.stderr.decode("utf-8", "replace"))[:200]
        raise MemctlError(f"git {arguments[0]} ({done.returncode}): {said}")
    return done.stdout


def _environment(common: str) -> Mapping[str, str]:
    return {
        **git.environment(),
        "GIT_OBJECT_DIRECTORY": os.path.join(common, "objects"),
        "GIT_ALLOW_PROTOCOL": "",  # no transport is on the list
        "GIT_NO_LAZY_FETCH": "1",
    }


@contextlib.contextmanager
def _borrowing(git_dir: str) -> Iterator[str]:
    """An empty repository of our own that sees the references of `git_dir` ("": of none), for one command."""
    try:
        with tempfile.TemporaryDirectory(prefix="memctl-", ignore_cleanup_errors=True) as own:
            os.mkdir(os.path.join(own, "objects"))
            _write(own, "HEAD", b"ref: refs/heads/none\n")
            if git_dir:
                _borrow(own, git_dir, _common(git_dir))
            else:
                os.mkdir(os.path.join(own, "refs"))
                _write(own, "config", _own_config(b""))
            yield own
    except OSError as error:
        raise write_failed(error, "a temporary folder for git") from error


def _borrow(own: str, git_dir: str, common: str) -> None:
    _write(own, "config", _own_config(_config(common)))
    for name in _SHARED:
        if name == "refs" or os.path.exists(os.path.join(common, name)):
            os.symlink(os.path.join(common, name), os.path.join(own, name))
    for name in _OWN_REFS:
        with contextlib.suppress(OSError):
            _write(own, name, files.read_regular(os.path.join(git_dir, name), _REF_MAX)[0])
    os.mkdir(os.path.join(own, "logs"))  # what `@{1}` means
    os.symlink(os.path.join(git_dir, "logs", "HEAD"), os.path.join(own, "logs", "HEAD"))
    os.symlink(os.path.join(common, "logs", "refs"), os.path.join(own, "logs", "refs"))


def _own_config(raw: bytes) -> bytes:
    """What our repository says of itself; of the other's configuration `raw` only how to read bytes."""
    lines = [b"[core]", b"repositoryformatversion = 1", b"bare = true", b"[extensions]"]
    formats = {key.lower(): value.lower() for key, value in _FORMAT.findall(raw)}
    lines += [
        key + b" = " + value for key, value in sorted(formats.items()) if value not in (b"sha1", b"files")
    ]
    return b"\n".join(lines) + b"\n"


def _config(common: str) -> bytes:
    try:
        return files.read_regular(os.path.join(common, "config"), CONFIG_MAX)[0]
    except OSError:
        return b""


def _write(folder: str, name: str, content: bytes) -> None:
    with open(os.path.join(folder, name), "wb") as file:
        file.write(content)


def _common(git_dir: str) -> str:
    """The absolute folder that holds objects and references: of a linked working tree, its repository's."""
    base = os.path.abspath(git_dir)
    try:
        raw, _ = files.read_regular(os.path.join(base, "commondir"), 8192)
    except OSError:
        return base
    line = raw.split(b"\n", 1)[0].decode("utf-8", "surrogateescape").strip()
    common = os.path.normpath(os.path.join(base, line))
    is_linked = os.path.dirname(os.path.realpath(base)) == os.path.join(os.path.realpath(common), "worktrees")
    return common if line and is_linked else base  # elsewhere, git never wrote it
