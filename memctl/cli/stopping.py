"""`memctl hooks pre-commit`: whether the memories in a repository's tree let a commit go on."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli.hints import carry, given
from memctl.cli.output import counted, say, write
from memctl.cli.run import Run, verb

if TYPE_CHECKING:
    from memctl.domain.finding import Finding

STOP = "stop"
"""What the git hook waits for on stdout. An exit code would not do: a memctl that is gone has one too."""

SHOWN = 10
"""Errors that are told of one folder: what stopped the commit must not scroll away."""


@verb
def pre_commit(
    run: Run,
    folders: Annotated[list[str] | None, typer.Argument(metavar="FOLDER...")] = None,
    answer: Annotated[
        bool, typer.Option("--answer", help="Print `stop` where the commit is to stop.")
    ] = False,
) -> None:
    """Check memories before a commit: errors in their files stop it, everything else is left to doctor."""
    stopped = False
    for folder in folders or [run.dir_flag or "."]:
        errors = _errors(run, folder) if os.path.isdir(folder) else []
        if errors:
            _tell(folder, errors)
            stopped = True
    if stopped:
        if answer:
            write(STOP + "\n")
        raise typer.Exit(1)


def _errors(run: Run, folder: str) -> "list[Finding]":
    """What stops a commit; a folder that cannot be checked does not."""
    from memctl.services import doctor

    try:
        return doctor.shown(doctor.errors(os.path.abspath(folder), now=run.now))
    except Exception as error:  # noqa: BLE001 - no failure of memctl's own holds a commit up
        run.out.warn(f"{folder} was not checked before this commit: {error}")
        return []


def _tell(folder: str, errors: "list[Finding]") -> None:
    """Why the commit was stopped, and how it goes on."""
    given(None, folder)  # the commands below are about this folder
    what = os.path.normpath(folder)
    say(f"memctl stopped this commit: {counted(len(errors), 'error')} in the memories of {what}")
    for finding in errors[:SHOWN]:
        at = f"{finding.file}:{finding.line}" if finding.line else finding.file or ""
        is_told = finding.message.startswith((f"{at} ", f"{finding.file} "))
        say(f"  {finding.message if is_told or not at else f'{at}: {finding.message}'} [{finding.id}]")
        if finding.repair:
            say(f"    {carry(finding.repair)}")
    if len(errors) > SHOWN:
        say(f"  {len(errors) - SHOWN} more: {carry('memctl doctor')}")
    say(f"  hint: mend it and commit again; {carry('`memctl doctor --fix`')} mends what is safe")
    say("  hint: to commit without this check: git commit --no-verify")
