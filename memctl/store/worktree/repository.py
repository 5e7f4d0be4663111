"""What a git repository knows, asked without starting anything that the repository could choose.

Objects are asked for in one batch; files of the working tree are hashed here, so that no filter, hook or
external diff of the repository's own configuration ever runs.
"""

import os
from collections.abc import Iterable, Iterator, Mapping

from memctl.domain.fingerprint import blob_id
from memctl.errors import MemctlError, NotFound
from memctl.store.disk import files
from memctl.store.history import git
from memctl.store.state import resolve
from memctl.store.worktree import foreign

FILE_MAX = 64 * 1024 * 1024
"""Bytes of a file that is hashed; a larger one is no evidence that anyone reads."""


class Repository:
    """The repository whose working tree is `root`."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.git_dir = _git_dir(root)

    @property
    def usable(self) -> bool:
        """Whether there is a repository and git is installed."""
        return bool(self.git_dir) and git.program() is not None

    def run(self, *arguments: str, stdin: bytes = b"", seconds: float = foreign.SECONDS) -> bytes:
        """The output of a git command that reads objects only. Raises MemctlError with what git said."""
        return foreign.run(self.git_dir, *arguments, stdin=stdin, seconds=seconds)

    def config(self, pattern: str, *, seconds: float = foreign.SECONDS) -> list[tuple[str, str]]:
        """The (key, value) pairs of its configuration whose keys match, as text. Raises MemctlError."""
        return foreign.config(self.git_dir, pattern, seconds=seconds)

    def kinds(self, names: Iterable[str]) -> Mapping[str, str]:
        """What each object name is: `blob`, `commit`, ...; "" for one that does not exist."""
        wanted = list(dict.fromkeys(names))
        if not wanted or not self.usable:
            return dict.fromkeys(wanted, "")
        out = self.run(
            "cat-file", "--batch-check=%(objecttype)", stdin="".join(n + "\n" for n in wanted).encode()
        )
        kinds = [
            line.split()[-1] if line.split() else "" for line in out.decode("utf-8", "replace").splitlines()
        ]
        return {
            n: k if k in ("blob", "commit", "tree", "tag") else ""
            for n, k in zip(wanted, kinds, strict=False)
        }

    def blob(self, name: str) -> bytes | None:
        """The content of a blob, or None."""
        try:
            return self.run("cat-file", "blob", name) if self.usable else None
        except MemctlError:
            return None

    def tree(self, ref: str, paths: Iterable[str]) -> Mapping[str, str]:
        """Blob names of `paths` in the commit `ref`. Raises NotFound for a ref that does not exist."""
        commit = self.commit(ref)
        out = self.run("ls-tree", "-r", "-z", "--full-tree", commit, "--", *paths)
        found = {}
        for item in out.decode("utf-8", "surrogateescape").split("\0"):
            about, tab, path = item.partition("\t")
            if tab:
                found[path] = about.split()[2]
        return found

    def commit(self, ref: str) -> str:
        """The full name of the commit `ref`. Raises NotFound, MemctlError without a repository."""
        if not self.usable:
            raise MemctlError(f"{self.root} is not a git repository, or git is not installed")
        try:
            out = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        except MemctlError:
            raise NotFound(f"no such commit: {ref}") from None
        return out.decode().strip()

    def hashes(self, path: str, wanted: str) -> Iterator[str]:
        """The names that git gives the file `path` of the working tree: as it is, and with LF line ends.

        Nothing for a file that does not exist, is a link, or leads outside.
        """
        content = self.content(path)
        if content is None:
            return
        for text in dict.fromkeys((content, content.replace(b"\r\n", b"\n"))):
            yield blob_id(text, long=len(wanted) > 40)

    def content(self, path: str) -> bytes | None:
        """The bytes of a file of the working tree, or None."""
        if os.path.isabs(path) or ".." in path.split("/"):
            return None
        try:
            return files.read_regular(os.path.join(self.root, path), FILE_MAX)[0]
        except (OSError, ValueError):
            return None


def _git_dir(root: str) -> str:
    """The repository of a working tree, of a linked one too; a bare one itself; "" when there is none.

    What a `.git` file names is believed as in `resolve`: it may not be another project's.
    """
    dot = os.path.join(root, ".git")
    if os.path.isdir(dot):
        return dot
    if not os.path.lexists(dot) and resolve.is_git_dir(root):
        return root
    named = resolve.named_git_dir(root)
    if os.path.basename(named) == ".git":
        return ""  # of another working tree
    linked = os.path.lexists(os.path.join(named, "commondir"))
    return "" if linked and not resolve.common_dir(root, named) else named
