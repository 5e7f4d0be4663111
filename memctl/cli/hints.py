"""Commands that messages name, with the directory options of this run, so that they mean the same memories.

Messages are made on every floor, and none of them knows the command line; the hint of an error, a note, a
warning and what a finding advises go through `carry`. What an error says has happened does not: it may quote
a file or a diff.
"""

import os
import re
from collections.abc import Iterable
from functools import cache


class _Given:
    """The directory options of this run, as words of a command line, and which words name a verb."""

    chdir = ""
    dir_ = ""
    verbs: tuple[str, ...] = ()


def begin(verbs: Iterable[str]) -> None:
    """A new run: no option is known yet; `memctl VERB` with one of `verbs` is what names a command."""
    _Given.chdir = _Given.dir_ = ""
    _Given.verbs = tuple(verbs)


def given(chdir: str | None, dir_: str | None) -> None:
    """Note the options `-C` and `--dir` of this run as they were given: hints are typed in the same place."""
    _Given.chdir = os.path.join(_Given.chdir, chdir or "").rstrip(os.sep)  # of a verb and its sub-verb
    _Given.dir_ = dir_ or _Given.dir_


def verbs() -> tuple[str, ...]:
    """The words that name a verb."""
    return _Given.verbs


def carry(text: str) -> str:
    """`text` with the run's directory options in every command that its first line names; the lines below it
    are quoted."""
    given = (("-C", _Given.chdir), ("--dir", _Given.dir_))
    if not any(value for _, value in given) or not _Given.verbs:
        return text
    import shlex

    options = "".join(f"{name} {shlex.quote(value)} " for name, value in given if value)
    said, end, quoted = text.partition("\n")
    return _named(_Given.verbs).sub(lambda match: match[0] + options, said) + end + quoted


@cache
def _named(verbs: tuple[str, ...]) -> re.Pattern[str]:
    """A command of memctl; there may be thousands of texts that name one."""
    return re.compile(rf"\bmemctl (?=(?:{'|'.join(map(re.escape, verbs))})\b)")
