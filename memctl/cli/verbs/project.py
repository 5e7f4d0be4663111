"""Projects on the terminal: list them, bring the memory of a moved one along, share on purpose."""

import os
from typing import Annotated

import typer

from memctl.cli.output import counted
from memctl.cli.run import Run, verb

app = typer.Typer(
    help="Which project each memory directory belongs to.", no_args_is_help=True, add_completion=False
)


@app.callback()
@verb
def main(run: Run) -> None:
    """Which project each memory directory belongs to."""


@app.command("list")
@verb
def list_(
    run: Run,
    orphans: Annotated[
        bool, typer.Option("--orphans", help="Only those whose project folder is gone.")
    ] = False,
) -> None:
    """Every memory directory that memctl has written to, and its project."""
    from memctl.services.projects.roster import known

    found = [k for k in known() if not orphans or k.state == "orphan"]
    if run.out.json:
        run.out.document(
            {
                "projects": [
                    {
                        "root": k.record.roots[0] if k.record.roots else None,
                        "roots": k.record.roots,
                        "directory": k.record.directory,
                        "memories": k.memories,
                        "state": k.state,
                    }
                    for k in found
                ]
            }
        )
        return
    for item in found:
        roots = ", ".join(item.record.roots) or "-"
        if run.out.on_terminal:
            run.out.line(roots)
            memories = counted(item.memories, "memory", "memories")
            run.out.line(f"  {item.state}, {memories} in {item.record.directory}")
        else:
            run.out.row(item.state, item.memories, roots, item.record.directory)


@app.command("mv")
@verb
def mv(
    run: Run,
    old: Annotated[str, typer.Argument(help="Where the project was.")],
    new: Annotated[str, typer.Argument(help="Where it is now.")],
) -> None:
    """Bring the memory of a project along after its folder was moved."""
    from memctl.services.projects import adoption

    record = adoption.move(old, new)
    _say(run, record.directory, record.roots[0])


@app.command("adopt")
@verb
def adopt(
    run: Run,
    source: Annotated[
        str | None, typer.Argument(help="The old project folder, or its memory directory.")
    ] = None,
    share: Annotated[
        bool, typer.Option("--share", help="Use the directory together with the other project.")
    ] = False,
) -> None:
    """Take over, for this project, the memory that it had under another path."""
    from memctl.services.ownership import registration
    from memctl.services.projects import adoption

    record = registration.share(run.bare_place) if share else adoption.adopt(run.bare_place, source)
    _say(run, record.directory, run.bare_place.root)


def _say(run: Run, directory: str, root: str) -> None:
    if run.out.json:
        run.out.document({"directory": directory, "root": root, "exists": os.path.isdir(directory)})
        return
    run.out.line(directory)
    run.out.note(f"is the memory of {root} now")
