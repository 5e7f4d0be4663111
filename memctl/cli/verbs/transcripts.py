"""The verb that lists recorded sessions."""

import os

from memctl.cli.options import FailEmptyOption
from memctl.cli.output import counted
from memctl.cli.run import Run, verb
from memctl.cli.show.turns import print_session


@verb
def transcripts(run: Run, fail_empty: FailEmptyOption = False) -> None:
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
        run.found(found, fail_empty)
        return
    run.page()
    for f in found:
        state = f"{counted(f.turns, 'turn')} read, {f.proposed} proposed" if f.updated else "not read"
        if run.out.on_terminal:
            print_session(run, f.session, state)
        else:
            run.out.row(f.session.path, *([f.session.id] if is_shared(f.session.agent) else []))
    if not found:
        run.out.note("no recorded session of this project was found")
    run.found(found, fail_empty)
