"""Recorded sessions on the terminal: what one holds, its original turns, and what is kept of it."""

import os
import shlex
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli.grouping import group
from memctl.cli.options import FailEmptyOption
from memctl.cli.output import counted
from memctl.cli.run import Run, verb
from memctl.cli.show.turns import print_session, print_turns
from memctl.errors import NotFound, UsageError

if TYPE_CHECKING:
    from memctl.domain.transcript import Session
    from memctl.services.session.upkeep import Thresholds, Updated
    from memctl.store.state.sessions import SessionStates

app = group("Look into recorded sessions: what one holds, and its original turns.")

Which = Annotated[str | None, typer.Option("--session", metavar="ID", help="This session, by its id.")]


@app.command("note")
@verb
def note(
    run: Run,
    session: Which = None,
    transcript: Annotated[
        str | None, typer.Option("--transcript", metavar="FILE", help="A transcript of any known agent.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="UUID", help="As far as this record, or this time.")
    ] = None,
    max_tokens: Annotated[
        int, typer.Option("--max-tokens", min=100, max=100_000, help="Size of the note.")
    ] = 1_000,
    from_hook: Annotated[
        bool,
        typer.Option("--from-hook", hidden=True, help="Keep it ready for the next start, print nothing."),
    ] = False,
) -> None:
    """Print what of a session must survive its compaction: derived from the transcript, without a model."""
    from memctl.services.session import note as service
    from memctl.store.state.sessions import SessionStates

    states = SessionStates(run.directory)
    states.sweep(run.now, run.settings().session_days)
    if from_hook:
        from memctl.services.session.ready import make_ready

        days = run.settings().session_days
        make_ready(_chosen(run, session, transcript), run.directory, now=run.now, days=days)
        return
    chosen = service.as_far(_chosen(run, session, transcript), until or None)
    found = service.note(chosen, states, now=run.now, max_tokens=max_tokens)
    if run.out.json:
        items = [
            {"class": name, "text": item.text, "turn": item.turn, "seen": item.seen,
             "outcome": item.outcome or None, "about": item.about or None}
            for name, item in service.items(found.contents)
        ]  # fmt: skip
        turns = found.contents.turns
        run.out.document(
            {"session": chosen.id, "agent": chosen.agent, "turns": turns, "note": found.text, "items": items}
        )
        return
    run.page()
    run.out.block(found.text)
    if not found.text:
        run.out.note("nothing was said or done in this session")


Engine = StrEnum("Engine", ["rules", "llm", "auto"])
"""Who updates the session memory: rules, a model as well, or a model where one may read sessions."""


@app.command("update")
@verb
def update(
    run: Run,
    session: Which = None,
    transcript: Annotated[
        str | None, typer.Option("--transcript", metavar="FILE", help="A transcript of any known agent.")
    ] = None,
    engine: Annotated[Engine, typer.Option("--engine", help="Who updates it.")] = Engine.rules,
    due: Annotated[
        bool, typer.Option("--due", help="Only when enough was said since the last time.")
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Put the version before back.")] = False,
    from_hook: Annotated[
        bool, typer.Option("--from-hook", hidden=True, help="The note as well, for the next start.")
    ] = False,
) -> None:
    """Bring a session's memory, its running summary.md, up to date, and print the path of that file."""
    from memctl.services.session import ready, upkeep
    from memctl.store.state.sessions import SessionStates

    chosen = _chosen(run, session, transcript)
    if from_hook:
        ready.keep(chosen, run.directory, run.settings(), run.now)
        return
    states = SessionStates(run.directory)
    if undo:
        path, done = upkeep.undo(chosen, states)
        if not done:
            run.out.note("there is no earlier version to put back")
        run.out.result({"session": chosen.id, "path": path, "changed": done, "undone": done}, path)
        return
    limits = upkeep.thresholds(run.settings()) if due else None
    done_, reason = _updated(run, chosen, states, limits, engine)
    if not done_.due:
        run.out.note("too little was said and done since the last update")
    if done_.left_out:
        lines = counted(done_.left_out, "line")
        run.out.note(f"{lines} found no room; `memctl session show` has all that was said")
    if done_.void:
        run.out.note(
            f"{done_.void} of the model's answers were no edits of its own lines, and count for nothing"
        )
    run.out.result(
        {"session": chosen.id, "path": done_.path, "changed": done_.changed, "due": done_.due,
         "engine": engine, "reason": reason, "void": done_.void, "left_out": done_.left_out},
        done_.path,
    )  # fmt: skip


def _updated(
    run: Run, session: "Session", states: "SessionStates", limits: "Thresholds | None", engine: Engine
) -> "tuple[Updated, str | None]":
    """What came of it, and in one word why a model that `auto` would have asked had no part in it."""
    from memctl.errors import ModelFailed
    from memctl.services.own_model import allowed, choose
    from memctl.services.session import upkeep

    provider = None
    try:
        if engine is Engine.llm:
            settings = run.settings()
            provider = choose(settings, "session", allowed(settings, session.agent))
        elif engine is Engine.auto:
            provider = upkeep.consenting(run.settings())
        return upkeep.update(session, states, limits, now=run.now, provider=provider), None
    except ModelFailed as error:
        if engine is Engine.llm:
            more = f"; or {error.hint}" if error.hint else ""
            error.hint = f"without a model: memctl session update --engine rules{more}"
            raise
        run.out.warn(f"the model did not answer ({error.message}); the rules alone updated it")
        return upkeep.update(session, states, limits, now=run.now), error.slug


@app.command("show")
@verb
def show(
    run: Run,
    session: Annotated[
        str | None, typer.Argument(metavar="[ID|FILE]", help="A session by its id, or a transcript.")
    ] = None,
    turn: Annotated[
        list[str] | None, typer.Argument(metavar="[TURN|WORDS]", help="A turn, 12-15, or words to find.")
    ] = None,
    find: Annotated[
        str | None, typer.Option("--find", metavar="WORDS", help="The passages that fit these words best.")
    ] = None,
) -> None:
    """Show original turns of a session, bounded and fenced as data; the last ones where none is named."""
    from memctl.services.session import pages

    wanted = list(turn or [])
    if session is not None and not wanted and _is_number(session):
        wanted, session = [session], None
    if find is not None and wanted:
        raise UsageError("a turn and --find were both given", hint="give one of them")
    chosen = _named(run, session)
    if wanted:
        found = pages.turn_or_words(chosen, " ".join(wanted))
    else:
        found = pages.latest(chosen) if find is None else pages.find(chosen, find)
    print_turns(run, found, f"session {chosen.id}")


def _named(run: Run, wanted: str | None) -> "Session":
    """The session that an id or a file names, else the last one. Raises NotFound."""
    if wanted is None or _is_file(wanted):
        return _chosen(run, None, wanted)
    try:
        return _chosen(run, wanted, None)
    except NotFound as error:
        if " " in wanted:
            error.hint = f"words are looked for with: memctl session show --find {shlex.quote(wanted)}"
        raise


@app.command("search")
@verb
def search(
    run: Run,
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="What the passages are about.")],
    fail_empty: FailEmptyOption = False,
) -> None:
    """Show the passages that fit best, out of all recorded sessions of this project."""
    from memctl.agents.transcripts import readers
    from memctl.services.session import pages

    found = pages.search(readers.sessions(run.place.root, os.path.expanduser("~")), " ".join(words))
    print_turns(run, found, "this project's sessions")
    run.found(found, fail_empty)


@app.command("list")
@verb
def list_(run: Run, fail_empty: FailEmptyOption = False) -> None:
    """List this project's recorded sessions, the one that was written to last first."""
    from memctl.agents.transcripts import readers
    from memctl.cli.show.documents import when
    from memctl.services.session.choice import newest, written
    from memctl.store.state.sessions import SessionStates

    found = newest(readers.sessions(run.place.root, os.path.expanduser("~")))
    kept = {(state.agent, state.session): state for state in SessionStates(run.directory).all()}
    read = {one.id: state.turns for one in found if (state := kept.get((one.agent, one.id)))}
    if run.out.json:
        rows = [
            {"agent": one.agent, "id": one.id, "path": one.path, "started": one.started,
             "written": when(written(one)), "turns": read.get(one.id)}
            for one in found
        ]  # fmt: skip
        run.out.document({"sessions": rows})
        run.found(found, fail_empty)
        return
    run.page()
    for one in found:
        if run.out.on_terminal:
            print_session(run, one, f"{counted(read[one.id], 'turn')} read" if one.id in read else "")
        else:
            run.out.row(one.id, one.agent, (one.started or "")[:16], one.path)
    if not found:
        run.out.note("no recorded session of this project was found")
    run.found(found, fail_empty)


@app.command("compact")
@verb
def compact(
    run: Run,
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE|-]", help="Messages of the API, or a transcript.")
    ] = None,
    session: Which = None,
) -> None:
    """Print the end of a history with a summary before it, as messages for the next request."""
    from memctl.cli import compacting

    compacting.compact(run, file, session)


@app.command("forget")
@verb
def forget(run: Run, session: Annotated[str, typer.Argument(metavar="ID", help="A session's id.")]) -> None:
    """Remove what memctl keeps of a session; the transcript is the agent's, and stays."""
    from memctl.services.session.choice import check, damaged
    from memctl.store.state.sessions import SessionStates

    check(session)
    states = SessionStates(run.directory)
    chosen = [state for state in states.all() if state.session.startswith(session)]
    chosen = [state for state in chosen if state.session == session] or chosen
    chosen = chosen or damaged(run.place.root, states, session)
    if not chosen:
        near = tuple(state.session for state in states.all()[:3])
        raise NotFound(f"nothing is kept of a session {session}", near=near)
    if len({state.session for state in chosen}) > 1:
        raise UsageError(f"several sessions begin with {session}", hint="give more of the id")
    for state in chosen:
        states.forget(state.agent, state.session)
    run.out.result({"forgotten": chosen[0].session}, f"forgot what was kept of {chosen[0].session}")


def _chosen(run: Run, wanted: str | None, file: str | None) -> "Session":
    from memctl.services.session.choice import one

    if file is not None and wanted is None and os.path.exists(file):
        return one("", None, file)
    return one(run.place.root if file is None else "", wanted, file)


def _is_number(text: str) -> bool:
    return text.isascii() and text.replace("-", "", 1).isdigit() and len(text) <= 7


def _is_file(text: str) -> bool:
    return os.path.isfile(text) or os.sep in text
