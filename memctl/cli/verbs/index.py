"""The verb that keeps `MEMORY.md` in line with the files."""

from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli.run import Run, verb

if TYPE_CHECKING:
    from memctl.domain.finding import Finding


@verb
def index(
    run: Run,
    check: Annotated[bool, typer.Option("--check", help="Only report; exit 1 when it has drifted.")] = False,
) -> None:
    """Bring MEMORY.md in line with the files: dead pointers go, missing ones are added, the rest stays."""
    from memctl.services.write import reindex as service

    if check:
        _report(run, service.check(run.store, now=run.now))
        return
    plan = service.plan(run.store, now=run.now)
    warnings = list(plan.warnings)
    if plan.change is not None:
        from memctl.cli.write import offer_undo, write

        applied = write(run, plan.change)
        warnings += applied.warnings
        offer_undo(run, applied)
    if run.out.json:
        action = "updated" if plan.change is not None else "unchanged"
        run.out.document(
            {
                "action": action,
                "path": plan.path,
                "added": plan.added,
                "removed": plan.removed,
                "lacking_queries": plan.lacking,
                "warnings": list(dict.fromkeys(warnings)),
            }
        )
    else:
        run.out.line(plan.path)
        run.out.note(plan.sentence)
    run.out.warn_all(warnings)
    if plan.lacking:
        lacking = "1 memory has" if plan.lacking == 1 else f"{plan.lacking:,} memories have"
        how = "memctl enrich --missing (without a key: memctl enrich --print)"
        run.remind("queries", f"{lacking} no anticipated queries: {how}")


def _report(run: Run, findings: "list[Finding]") -> None:
    drift = any(f.severity == "error" for f in findings)
    if run.out.json:
        from memctl.cli.show.documents import finding_object

        run.out.document({"drift": drift, "findings": [finding_object(f) for f in findings]})
    else:
        for finding in findings:
            run.out.line(f"{finding.id}: {finding.message}")
        if not findings:
            run.out.note("the index and the files agree")
        elif drift:
            run.out.note("`memctl index` repairs it")
    if drift:
        raise typer.Exit(1)
