"""Projects on the terminal: list them, bring the memory of a moved one along, share on purpose."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli.grouping import group
from memctl.cli.output import counted
from memctl.cli.run import Run, verb

if TYPE_CHECKING:
    from memctl.services.projects.moving import Brought

app = group("Show which project each memory directory belongs to, and bring memory along when one moves.")


@app.command("list")
@verb
def list_(
    run: Run,
    orphans: Annotated[
        bool, typer.Option("--orphans", help="Only those whose project folder is gone.")
    ] = False,
) -> None:
    """List every memory directory that memctl has written to, and its project."""
    from memctl.services.projects.roster import known

    found = [k for k in known(now=run.now) if not orphans or k.state == "orphan"]
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

    _say(run, adoption.move(old, new, now=run.now), os.path.abspath(os.path.expanduser(new)))


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
    from memctl.services.projects.moving import Brought

    if share:
        _say(run, Brought(registration.share(run.bare_place).directory), run.bare_place.root)
    else:
        _say(run, adoption.adopt(run.bare_place, source, now=run.now), run.bare_place.root)


def _say(run: Run, brought: "Brought", root: str) -> None:
    """Where the memory is now, what became of the files, and what an undo takes back of that."""
    directory = brought.directory
    if run.out.json:
        run.out.document(
            {
                "directory": directory,
                "root": root,
                "exists": os.path.isdir(directory),
                "files": list(brought.files),
                "offered": list(brought.offered),
                "renamed": brought.renamed,
                "commit": brought.commit,
            }
        )
        return
    run.out.line(directory)
    run.out.note(f"is the memory of {root} now")
    run.out.warn_all(brought.warnings)
    for old, new in brought.renamed.items():
        run.out.note(f"{old} is called {new} now: another one of that name was here")
    if brought.offered:
        names = counted(len(brought.offered), "file", "files")
        run.out.note(f"{names} here had another text under the same name, which stays; see: memctl review")
    if brought.commit:
        run.out.note(
            "undone, the files leave again and stay in the history, while proposals, verdicts and what "
            "sessions were shown stay joined; undo with: memctl undo"
        )
