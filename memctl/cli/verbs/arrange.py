"""Verbs that move memories about: mv, forget, restore."""

from typing import Annotated

import typer

from memctl.cli.abbreviation import full_names
from memctl.cli.complete import memory_names, past_names
from memctl.cli.query import point
from memctl.cli.run import Run, verb
from memctl.cli.write import offer_undo, write
from memctl.domain.change import Remove
from memctl.domain.memory import stem
from memctl.errors import Refused, UsageError


@verb
def mv(
    run: Run,
    old: Annotated[str, typer.Argument(help="The memory to rename.", autocompletion=memory_names)],
    new: Annotated[str, typer.Argument(help="Its new name.")],
) -> None:
    """Rename a memory; its pointer and every link to it follow."""
    from memctl.services.write import relocate
    from memctl.services.write.slugs import refuse_blanks

    change, file = relocate.rename(run.store, full_names(run, [old])[0], refuse_blanks(new))
    examined = run.door.examine(change, now=run.now)
    applied, memory = write(run, examined), examined.memories[file]
    if run.out.json:
        from memctl.cli.show.documents import memory_object

        run.out.document({"action": "renamed", "memory": memory_object(run, memory)})
    else:
        run.out.line(run.store.path(memory.file))
    run.out.note(change.why)
    offer_undo(run, applied)
    links = len(change.operations) - 2
    if links:
        run.out.note(f"links in {links} other {'memory' if links == 1 else 'memories'} were changed")
    run.out.warn_all(applied.warnings)


@verb
def forget(
    run: Run,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME...", help="Memories, by file or name.", autocompletion=memory_names),
    ] = None,
    force: Annotated[bool, typer.Option("--force", "-f", help="Also without git, for good.")] = False,
    for_good: Annotated[
        bool,
        typer.Option("--for-good", help="Out of history, cache, inbox and every copy; never to be undone."),
    ] = False,
    secret: Annotated[
        bool,
        typer.Option(
            "--secret",
            help="Erase a value for good wherever it stands; - asks for it or reads stdin. Without: what the"
            " guard finds.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Erase for good without asking.")] = False,
) -> None:
    """Remove memories and their pointers; `memctl restore` brings them back, unless it is for good."""
    from memctl.services.write import relocate

    if for_good or secret:
        from memctl.cli.erasing import for_good as erase

        whole = names or [] if secret else full_names(run, names or [], aloud=True)
        erase(run, whole, secret=secret, yes=yes)
        return
    if yes:
        raise UsageError("--yes belongs to --for-good and --secret", hint="forget asks nothing: leave it out")
    if not names:
        raise UsageError("no memory is named", hint="memctl list shows them")
    change, warnings = relocate.forget(run.store, full_names(run, names))
    if not force:
        _need_history()
    applied = write(run, change)
    removed = [op.file for op in change.operations if isinstance(op, Remove)]
    if run.out.json:
        run.out.document(
            {"action": "forgotten", "files": removed, "warnings": [*warnings, *applied.warnings]}
        )
    else:
        for file in removed:
            run.out.line(run.store.path(file))
    run.out.note(f"forgot {', '.join(stem(file) for file in removed)}")
    offer_undo(run, applied)
    run.out.warn_all([*warnings, *applied.warnings])


def _need_history() -> None:
    """Refuse to remove what nothing could bring back."""
    from memctl.store.history import git

    if git.program() is None:
        raise Refused(
            "git is not installed, so nothing could bring these memories back",
            hint="install git, or add --force to remove them for good",
            slug="no-history",
        )


@verb
def restore(
    run: Run,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME...", help="Forgotten or changed memories.", autocompletion=past_names),
    ] = None,
    at: Annotated[
        str | None, typer.Option("--at", metavar="REF", help="As it was at this commit, date, or 30d ago.")
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="FILE", help="All of this project from a backup.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="With --from: every project of the backup.")] = False,
    project: Annotated[
        str | None, typer.Option("--project", metavar="FOLDER", help="With --from: the one that was there.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --from: say what it would do.")] = False,
    settings: Annotated[
        bool, typer.Option("--settings", help="With --from: config.toml too, which may name commands.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Take settings over without asking.")] = False,
) -> None:
    """Bring back forgotten memories, an older version of one, or all of a backup."""
    if from_ is not None:
        if names or at:
            raise UsageError("--from restores a whole project", hint="name no memory with it")
        if every and project:
            raise UsageError("--all restores every project", hint="leave out --project")
        from memctl.cli.restoring import from_file

        from_file(run, from_, every=every, project=project, dry_run=dry_run, settings=settings, yes=yes)
        return
    if every or project or dry_run or settings or yes:
        given = "--all, --project, --dry-run, --settings and --yes"
        raise UsageError(f"{given} belong to --from", hint="name a backup")
    if not names:
        raise UsageError("no memory is named", hint="memctl log shows what was forgotten")
    _put_back(run, names, at)


def _put_back(run: Run, names: list[str], at: str | None) -> None:
    from memctl.cli.show.documents import memory_object
    from memctl.services.write.undo import restore as put_back

    run.repair()
    files, applied = put_back(run.door, names, at and point(at, run.now), now=run.now)
    memories = [run.store.read(file) for file in files]
    if run.out.json:
        objects = [memory_object(run, m) for m in memories]
        run.out.document({"action": "restored" if applied else "unchanged", "memories": objects})
    else:
        for file in files:
            run.out.line(run.store.path(file))
    restored = ", ".join(stem(file) for file in files)
    if applied is None:
        run.out.note(f"{restored}: it was so already")
    else:
        run.out.note(f"restored {restored}" + (f" as at {at}" if at else ""))
        offer_undo(run, applied)
        run.out.warn_all(applied.warnings)
