"""Shell completion: names only, from listings, so that a key press costs no reading; [] on any trouble.

A name is whatever somebody called a file, and what is offered goes onto a command line: each is given as the
shell that asks reads it as one plain word, or not at all.
"""

import os
import re
from collections.abc import Callable, Iterable

import typer

from memctl.errors import MemctlError


def memory_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Names of the memories of the current project (or of `--dir`) that begin with `incomplete`."""
    return _from_directory(ctx, incomplete, _present)


def past_names(ctx: typer.Context, incomplete: str) -> list[str]:
    """As `memory_names`, with the forgotten ones."""
    return _from_directory(ctx, incomplete, lambda directory: {*_present(directory), *_past(directory)})


def proposal_ids(ctx: typer.Context, incomplete: str) -> list[str]:
    """Ids of the proposals that wait, and the word `all`."""
    return _from_directory(ctx, incomplete, lambda directory: ["all", *_waiting(directory)])


def setting_names(incomplete: str) -> list[str]:
    """Names of the settings that begin with `incomplete`."""
    from memctl.settings import names

    return [name for name in names() if name.startswith(incomplete)]


def _from_directory(
    ctx: typer.Context, incomplete: str, names_in: Callable[[str], Iterable[str]]
) -> list[str]:
    from memctl.store.state.registry import open_place

    try:
        names = names_in(open_place(os.getcwd(), _flag(ctx)).directory)
    except (OSError, MemctlError):
        return []
    fitting = sorted(name for name in names if name.startswith(incomplete))
    return [word for name in fitting if (word := _word(name, os.environ.get("_MEMCTL_COMPLETE", "")))]


_PLAIN = r"[\w+@%][\w+@%.,:/-]*"
"""What is one plain word to every shell, and no option."""

_MEANT = r"([^\w+@%.,:/-])"
"""What bash may take for something else; a backslash before it means the character itself, quoted or not."""


def _word(name: str, asking: str) -> str:
    """`name` as it is offered to the shell that `asking` (`complete_bash`, ...) says; "" to leave it out.

    Bash puts the word on the line as it is given, after having looked for files that it is a pattern of. Zsh
    reads it as a double-quoted string and quotes what it puts on the line; fish quotes the bare name.
    """
    if not name.isprintable() or name.startswith("-"):
        return ""
    if re.fullmatch(_PLAIN, name):
        return name
    if asking == "complete_bash":
        return "" if set(name) & set("*?[]'\"\\") else re.sub(_MEANT, r"\\\1", name)
    if asking == "complete_zsh":
        return "" if set(name) & set("'\"\\`") else name
    return name if asking == "complete_fish" else ""


def _flag(ctx: typer.Context | None) -> str | None:
    """What `--dir` said, before the verb or after it."""
    while ctx is not None:
        if ctx.params.get("dir_"):
            return str(ctx.params["dir_"])
        ctx = ctx.parent  # type: ignore[assignment]
    return None


def _present(directory: str) -> list[str]:
    from memctl.store.memory.listing import scan

    return [file[:-3] for file, _, _, _ in scan(directory)[0]]


def _past(directory: str) -> list[str]:
    from memctl.domain.memory import stem
    from memctl.store.history.records import every_file

    return [stem(file) for file in every_file(directory)]


def _waiting(directory: str) -> list[str]:
    from memctl.store.state.inbox import Inbox

    return [entry.proposal.id for entry in Inbox(directory).entries()[0]]
