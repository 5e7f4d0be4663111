"""Names as a person types them: the beginning of one is enough where no other memory begins with it."""

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from memctl.cli.run import Run
from memctl.domain.memory import stem
from memctl.errors import Ambiguous, MemctlError, NotFound

if TYPE_CHECKING:
    from memctl.domain.memory import Memory

NAMED_MAX = 10
"""Candidates that an ambiguous beginning is answered with."""


def named(run: Run, name: str) -> "Memory":
    """The memory that `name` means, or that alone begins with it. Raises NotFound, Ambiguous."""
    try:
        return run.store.find(name)
    except NotFound:
        found = _beginning(run, name)
        if not found:
            raise
        return run.store.read(found)


def full_names(run: Run, names: Iterable[str], *, aloud: bool = False) -> list[str]:
    """`names` with the beginning of a name replaced by the name; a name that means nothing stays.

    Which was taken is a note, with `aloud` a warning, which `--quiet` does not silence. Raises Ambiguous.
    """
    given = list(names)
    try:
        run.store.find_all(given)  # one listing for all, where each is whole
    except MemctlError:
        return [_full(run, name, aloud=aloud) for name in given]
    return given


def _full(run: Run, name: str, *, aloud: bool) -> str:
    try:
        run.store.find(name)
    except NotFound:
        found = _beginning(run, name)
        if found:
            say = run.out.warn if aloud else run.out.note
            say(f"{name} is taken for {stem(found)}")
            return stem(found)
    except MemctlError:
        pass  # whoever needs the memory says what is wrong with it
    return name


def _beginning(run: Run, name: str) -> str:
    """The one file whose name, or the last part of it, begins with `name`; "" for none. What a memory was
    called that is gone is its name still, and stands for no other. Raises Ambiguous."""
    wanted = name.casefold()
    if not wanted or "\0" in wanted:
        return ""
    files = [entry[0] for entry in run.store.listing()[0]]
    found = [
        file for file in files
        if file.casefold().startswith(wanted) or file.rpartition("/")[2].casefold().startswith(wanted)
    ]  # fmt: skip
    if not found or _was_there(run, name):
        return ""
    if len(found) > 1:
        listed = ", ".join(sorted(map(stem, found))[:NAMED_MAX]) + ", ..." * (len(found) > NAMED_MAX)
        raise Ambiguous(f"{len(found)} memories begin with {name!r}", hint=f"say which: {listed}")
    return found[0]


def _was_there(run: Run, name: str) -> bool:
    """Whether the history knows a memory that `name` meant, in any case, or as the end of a path."""
    from memctl.store.history.records import every_file

    wanted = name.casefold().removesuffix(".md")
    with suppress(MemctlError):  # without git nothing is known
        names = (stem(file).casefold() for file in every_file(run.directory))
        return any(wanted in (one, one.rpartition("/")[2]) for one in names)
    return False
