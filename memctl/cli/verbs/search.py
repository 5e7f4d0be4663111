"""The verb that finds a text in the memories."""

from typing import Annotated

import typer

from memctl.cli.output import write
from memctl.cli.run import Run, verb
from memctl.errors import UsageError
from memctl.text.escape import escape


@verb
def search(
    run: Run,
    pattern: Annotated[str, typer.Argument(help="Text to find in bodies and headers; no model is asked.")],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most this many memories.")] = 50,
) -> None:
    """Find a text in the memories, with the lines that hold it."""
    from memctl.services.recall import fulltext

    if not pattern.strip():
        raise UsageError(
            "an empty pattern matches everything", hint="say what to look for, or use `memctl list`"
        )
    matches, warnings = fulltext.search(run.store, pattern, limit=limit, now=run.now)
    if run.out.json:
        from memctl.cli.show.documents import memory_object, standing_keys

        objects = [
            memory_object(
                run,
                m.memory,
                matches=[{"line": n, "text": t} for n, t in m.lines],
                **standing_keys(m.standing),
            )
            for m in matches
        ]
        run.out.document({"query": pattern, "memories": objects})
    else:
        for match in matches:
            file = match.memory.file if run.out.on_terminal else run.store.path(match.memory.file)
            for number, text in match.lines:
                write(f"{run.out.paint(file, '35')}:{number}: {escape(text.strip(), keep=chr(9))}\n")
        for match in matches:
            if match.standing.label:
                run.out.note(f"{escape(match.memory.file)}: {escape(match.standing.label)}")
    run.out.warn_all(warnings)
