"""The verb that lists recorded sessions."""

import os

from memctl.cli.run import Run, verb


@verb
def transcripts(run: Run) -> None:
    """List this project's recorded sessions, by agent, with what was extracted from each."""
    from memctl.agents.table import is_shared
    from memctl.cli.show.documents import when
    from memctl.services.learn.extraction import sessions

    found = sessions(run.directory, run.place.root, os.path.expanduser("~"))
    if run.out.json:
        rows = [
            {
                "agent": f.session.agent, "id": f.session.id, "path": f.session.path,
                "started": f.session.started,
                "turns": f.turns, "proposed": f.proposed, "extracted": when(f.updated) if f.updated else None,
            }
            for f in found
        ]  # fmt: skip
        run.out.document({"sessions": rows})
        return
    for f in found:
        state = f"{f.turns} turns read, {f.proposed} proposed" if f.updated else "not read"
        if run.out.on_terminal:
            run.out.line(
                f"{f.session.agent:<12} {(f.session.started or '')[:16]:<16}  {f.session.id[:36]:<36} {state}"
            )
        else:
            run.out.row(f.session.path, *([f.session.id] if is_shared(f.session.agent) else []))
    if not found:
        run.out.note("no recorded session of this project was found")
