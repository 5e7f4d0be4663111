"""`--evidence FILE[:LINES]`: what a person names, as the entry of evidence that `verify` reads back."""

import os
import re
from collections.abc import Sequence

from memctl.domain.fingerprint import blob_id
from memctl.errors import Refused, UsageError
from memctl.services.evidence.verification import parse
from memctl.store.disk import files
from memctl.store.worktree.repository import FILE_MAX, Repository

_LINES = re.compile(r"(?P<path>.+?):L?(?P<first>\d+)(?:-L?(?P<last>\d+))?")
"""As compilers, editors and ripgrep name lines: `main.py:3`, `main.py:3-9`; `L` as in GitHub's links."""


def entries(named: Sequence[str], root: str) -> list[str]:
    """An entry `path[:first-last]@blob` for each of `named`, which are paths from the current directory, in
    the working tree `root`.

    Raises Refused for a path that leads out of the tree, UsageError for no file, and for lines that it does
    not have.
    """
    return list(dict.fromkeys(_entry(text, os.path.realpath(root)) for text in named))


def unkept(found: Sequence[str], root: str) -> list[str]:
    """The files of those entries that name lines, of which git does not have the text as it is now: `verify`
    can say of them only whether the whole file changed."""
    named = [source for source in map(parse, found) if source.lines]
    repository = Repository(root)
    if not repository.usable:
        return []
    kinds = repository.kinds([source.object for source in named])
    return list(dict.fromkeys(source.path for source in named if kinds[source.object] != "blob"))


def _entry(text: str, root: str) -> str:
    match = None if os.path.lexists(text) else _LINES.fullmatch(text)
    path = os.path.realpath(os.path.expanduser(match["path"] if match else text))
    if not path.startswith(root + os.sep):
        raise Refused(
            f"--evidence {text} leads out of {root}",
            hint="evidence is a file of this project: `memctl verify` looks nowhere else",
            slug="outside",
        )
    try:
        content, stat = files.read_regular(path, FILE_MAX)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no regular file"
        raise UsageError(
            f"--evidence {text}: {why}", hint="name a file, or FILE:3-9 for lines of it"
        ) from None
    if stat.st_size > FILE_MAX:
        raise Refused(
            f"--evidence {text} is over {FILE_MAX >> 20} MiB", hint="name a smaller file", slug="size"
        )
    name = os.path.relpath(path, root).replace(os.sep, "/")
    lines = _checked(text, match, content) if match else ""
    return _readable(text, f"{name}{lines}@{blob_id(content)}", name)


def _checked(text: str, match: re.Match[str], content: bytes) -> str:
    """`:first-last`, or `:line`. Raises UsageError."""
    first, last = int(match["first"]), int(match["last"] or match["first"])
    count = len(content.splitlines())
    if not 1 <= first <= last <= count:
        raise UsageError(
            f"--evidence {text}: there are no such lines",
            hint=f"the file has {count} of them, counted from 1",
        )
    return f":{first}" if first == last else f":{first}-{last}"


def _readable(text: str, entry: str, name: str) -> str:
    """`entry`, if it is read back as what it says. Raises Refused for a name that no header can hold."""
    if "," in entry or parse(entry).path != name:
        raise Refused(
            f"--evidence {text}: such a name cannot stand in a header", hint="rename the file", slug="name"
        )
    return entry
