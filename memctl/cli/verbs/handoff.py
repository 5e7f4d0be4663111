"""The verb that starts a fresh thread with what it needs of an earlier one."""

from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli.options import SessionOption
from memctl.cli.run import Run, read_text, verb
from memctl.errors import NotFound

if TYPE_CHECKING:
    from memctl.domain.contents import Contents


@verb
def handoff(
    run: Run,
    goal: Annotated[
        str | None, typer.Option("--for", metavar="GOAL", help="What the fresh thread is to do; - is stdin.")
    ] = None,
    session: SessionOption = None,
    max_tokens: Annotated[
        int, typer.Option("--max-tokens", min=500, max=50_000, help="Size of the prompt, estimated.")
    ] = 4_000,
) -> None:
    """Print a prompt for a fresh thread: goal, what you demand, the state of the work, memories that fit."""
    from memctl.services.session import handoff as service

    wanted = (read_text(goal, run.out, "goal") or "").strip() if goal is not None else ""
    contents = _contents(run, session, wanted)
    names, memories = _memories(run, service.query(wanted, contents), int(max_tokens * service.MEMORIES))
    text = service.prompt(wanted, contents, memories, max_tokens)
    if not text:
        raise NotFound("there is nothing to hand over", hint="`memctl session list` shows what was recorded")
    if run.out.json:
        found = contents.session if contents else None
        run.out.document({
            "goal": wanted or None, "session": found.id if found else None,
            "agent": found.agent if found else None, "memories": names, "prompt": text,
        })  # fmt: skip
    else:
        run.out.block(text)


def _contents(run: Run, session: str | None, goal: str) -> "Contents | None":
    """What the session holds; None where there is none and a goal was given. Raises NotFound."""
    from memctl.services.session import choice, note
    from memctl.store.state.sessions import SessionStates

    try:
        chosen = choice.one(run.place.root, session)
    except NotFound:
        if session is not None or not goal:
            raise
        run.out.note("no recorded session of this project: only memories are handed over")
        return None
    states = SessionStates(run.directory)
    states.sweep(run.now, run.settings().session_days)
    return note.contents_of(chosen, states, run.now)


def _memories(run: Run, query: str, max_tokens: int) -> tuple[list[str], str]:
    """The memories that fit `query`: their names, and a block with their bodies."""
    import os

    from memctl.services.context.block import build
    from memctl.services.recall import lexical

    if not query.strip() or not os.path.isdir(run.directory):
        return [], ""
    hits = lexical.recall(run.directory, query, now=run.now).hits
    files = [hit.file for hit in hits]
    block = build(
        run.directory,
        now=run.now,
        recalled=files,
        labels={hit.file: hit.label(run.now) for hit in hits},
        index=False,
        max_tokens=max_tokens,
        root=run.place.root,
    )
    return [file.removesuffix(".md") for file in block.recalled], block.text
