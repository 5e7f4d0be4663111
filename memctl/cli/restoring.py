"""`restore --from FILE`: the archive is verified, what it would do is said, then it is done."""

import sys
import tempfile
from typing import IO, TYPE_CHECKING

import typer

from memctl.cli.assent import assure
from memctl.cli.run import Run
from memctl.cli.write import offer_undo
from memctl.errors import MemctlError, Refused, UsageError
from memctl.text.escape import shell_word

if TYPE_CHECKING:
    from memctl.services.backup.archive import Archive
    from memctl.services.backup.restoring import Outcome

_STDIN_MAX = 8 * 1024 * 1024 * 1024


def from_file(
    run: Run, file: str, *, every: bool, project: str | None, dry_run: bool, settings: bool, yes: bool
) -> None:
    """Restore the projects of the backup `file` that have a place here. Raises as the services do."""
    from memctl.services.backup import restoring
    from memctl.services.backup.archive import Archive

    run.may_lack = True
    _may(run, dry_run=dry_run, settings=settings)
    run.repair()
    with _opened(file) as handle:
        archive = Archive(handle, "the backup on stdin" if file == "-" else file)
        chosen, homeless = restoring.choose(
            archive, None if every else run.place, every=every, project=project
        )
        if not every and project is None:
            for key, place in chosen:
                _ask_other(run, restoring.is_strange(archive, key, place), dry_run)
        done = [restoring.restore(archive, key, place, now=run.now, dry_run=dry_run) for key, place in chosen]
        _tell(run, done, homeless, dry_run)
        _settings(run, archive, wanted=settings, dry_run=dry_run, yes=yes)
    if homeless and not done:
        raise typer.Exit(1)


def _may(run: Run, *, dry_run: bool, settings: bool) -> None:
    """What a backup holds becomes the person's word, so an agent restores none unless the person's
    configuration lets it accept; settings never. Raises Refused."""
    from memctl.agents.actor import PERSON, actor

    if actor() == PERSON or (dry_run and not settings):
        return
    if settings or not run.settings().agents_accept:
        what = "the settings of a backup are" if settings else "what a backup brings is"
        raise Refused(
            f"{what} the person's to take over, so an agent may not",
            hint="run it in a terminal of your own",
            slug="approval",
        )


def _ask_other(run: Run, folder: str, dry_run: bool) -> None:
    """What was another project's goes in only where that is meant."""
    if not folder:
        return
    what = f"the backup is of {folder}, and nothing says that this is the same project"
    if dry_run:
        run.out.warn(what)
        return
    if not run.out.can_ask:
        hint = f"--project {shell_word(folder)} restores it here"
        raise Refused(what, hint=hint, slug="other-project")
    assure(f"{what}. Restore it here?", undone="nothing was restored")


def _opened(file: str) -> IO[bytes]:
    if file != "-":
        try:
            return open(file, "rb")
        except OSError as error:
            raise MemctlError(f"{file}: {error.strerror}", hint="name a backup that can be read") from None
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("no backup on stdin", hint="pipe it in, or name the file")
    handle = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the caller
    left = _STDIN_MAX
    while part := sys.stdin.buffer.read(1 << 20):
        left -= len(part)
        if left < 0:
            raise Refused("the backup on stdin is too long", hint="name the file instead", slug="size")
        handle.write(part)
    return handle


def _tell(run: Run, done: "list[Outcome]", homeless: list[str], dry_run: bool) -> None:
    if run.out.json:
        objects = [
            {"directory": o.directory, "new": o.new, "changed": o.changed, "warnings": o.warnings}
            for o in done
        ]
        action = "would-restore" if dry_run else "restored"
        run.out.document({"action": action, "projects": objects, "not_placed": homeless})
    for outcome in done:
        if not run.out.json:
            for file in (*outcome.new, *outcome.changed):
                run.out.line(f"{outcome.directory}/{file}")
        count = f"{len(outcome.new)} new, {len(outcome.changed)} changed"
        run.out.note(f"{'would restore' if dry_run else 'restored'} {outcome.directory}: {count}")
        offer_undo(run, outcome.applied)
        run.out.warn_all([*outcome.warnings, *(outcome.applied.warnings if outcome.applied else ())])
    run.out.warn_all(homeless)


def _settings(run: Run, archive: "Archive", *, wanted: bool, dry_run: bool, yes: bool) -> None:
    """The settings name commands and places, so they are taken over only when that is asked for."""
    from memctl.services.backup import restoring

    content = restoring.settings_of(archive)
    if content is None:
        return
    if not wanted or dry_run:
        run.out.note("config.toml stays as it is; --settings takes over the backup's")
        return
    if not yes:
        if not run.out.can_ask:
            raise Refused(
                "settings can name commands that run and places that memory goes to",
                hint="look at config.toml in the backup, then add --yes",
                slug="approval",
            )
        run.out.note("the settings of the backup:")
        sys.stderr.write(run.out.paint(content.decode("utf-8", "replace"), "0", sys.stderr))
        assure("Take them over?", undone="config.toml stays as it is")
    aside = restoring.take_settings(content, run.now)
    run.out.note("took over config.toml" + (f"; the former one is {aside}" if aside else ""))
