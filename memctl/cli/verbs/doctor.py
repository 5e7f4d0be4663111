"""The verb that checks everything, and repairs what is safe."""

import enum
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli.hints import carry
from memctl.cli.run import Run, verb

if TYPE_CHECKING:
    from memctl.domain.finding import Finding


class Format(enum.StrEnum):
    """How findings are printed."""

    text = "text"
    json = "json"
    github = "github"


@verb
def doctor(
    run: Run,
    fix: Annotated[bool, typer.Option("--fix", help="Repair what is safe, and print the diff.")] = False,
    online: Annotated[bool, typer.Option("--online", help="Also ask the model one short question.")] = False,
    drop_kept: Annotated[
        str | None,
        typer.Option("--drop-kept", metavar="ID", help="Throw away a change that could not be written."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="DATE", help="Of files only those changed since DATE, or 30d, 6w, 3m, 1y ago."
        ),
    ] = None,
    format_: Annotated[
        Format, typer.Option("--format", help="For a person, a program, or as annotations of GitHub.")
    ] = Format.text,
) -> None:
    """Check files, texts, index, links, history, cache, credentials, hooks; exit 1 on what needs repair."""
    from memctl.cli.query import beginning
    from memctl.services import doctor as service

    from_ = beginning(since, run.now)
    run.moves = fix  # without it nothing is changed
    if drop_kept is not None:
        from memctl.store.write import journal

        journal.drop_kept(run.directory, drop_kept)
        run.out.note(f"{drop_kept} was thrown away")
    found = _report(run, online, from_)
    done, failed, diff = _repair(run, found) if fix else ([], [], "")
    if fix:
        found = _report(run, online, from_)
    if run.out.json or format_ is Format.json:
        from memctl.cli.show.documents import finding_object

        repaired = {"fixed": done, "not_fixed": failed, "diff": diff} if fix else {}
        run.out.document(
            {
                "directory": run.directory,
                "findings": [finding_object(f) for f in service.shown(found)],
                **repaired,
            }
        )
    else:
        _print(run, service.shown(found), format_, done, failed, diff)
    if service.fails(found) or failed:
        raise typer.Exit(1)


def _report(run: Run, online: bool, since: float) -> "list[Finding]":
    from memctl.hooks import checkup
    from memctl.services import doctor as service
    from memctl.services.doctor import location

    place = run.place
    found = service.run(
        run.directory,
        now=run.now,
        online=online,
        hooks=lambda: checkup.check(str(place.root), run.now),
        places=lambda: location.check(place, run.again("project", "adopt")),
        progress=lambda what: run.out.detail(f"checking {what}"),
        reading=lambda done, total: run.out.progress(done, total, "checked"),
        since=since,
    )
    for number, finding in enumerate(found):  # in place, since there may be several hundred thousand
        repair = finding.repair and carry(finding.repair)
        if repair != finding.repair:
            found[number] = replace(finding, repair=repair)
    return found


def _repair(run: Run, found: "list[Finding]") -> tuple[list[str], list[str], str]:
    """What was repaired, what could not be, and the diff of the one change to the directory."""
    from memctl.cli.write import offer_undo, write
    from memctl.services.doctor import fix as doctor_fix
    from memctl.store.history import records

    done, failed = doctor_fix.fix_outside(run.door, found, now=run.now)
    change = doctor_fix.fix(run.directory, found, now=run.now)
    if change is None:
        return done, failed, ""
    applied = write(run, change)
    offer_undo(run, applied)
    return [*done, change.why], failed, records.diff(run.directory) if applied.commit else ""


def _print(
    run: Run, found: "list[Finding]", format_: Format, done: list[str], failed: list[str], diff: str
) -> None:
    from memctl.cli.show.findings import print_findings, summary

    if diff:
        from memctl.cli.show.diffs import print_diff

        print_diff(run.out, diff)
    for sentence in done:
        run.out.note(sentence)
    for sentence in failed:
        run.out.warn(f"not repaired: {sentence}")
    if format_ is Format.github:
        from memctl.services.doctor import github

        for line in github(found, run.directory):
            run.out.line(line)
        return
    run.page()
    print_findings(run, found)
    run.out.note(summary(found))
