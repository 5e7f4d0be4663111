"""Verbs that read what was recorded: extract, transcripts."""

import os
import sys
from contextlib import ExitStack
from enum import StrEnum
from typing import Annotated, Any

import typer

from memctl.cli.run import Run, _stdin_is_piped, verb
from memctl.errors import ModelFailed, NotFound, UsageError


class EngineName(StrEnum):
    """Who extracts: a model, rules, or the model where there are credentials."""

    auto = "auto"
    rules = "rules"
    llm = "llm"


@verb
def extract(
    run: Run,
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE|-]", help="A transcript of any known agent; - reads stdin.")
    ] = None,
    session: Annotated[
        str | None, typer.Option("--session", metavar="ID", help="This session; of stdin its name.")
    ] = None,
    since_cursor: Annotated[
        bool, typer.Option("--since-cursor/--all", help="Only what was not looked at before, or everything.")
    ] = True,
    engine: Annotated[EngineName, typer.Option("--engine", help="Who extracts.")] = EngineName.auto,
    from_hook: Annotated[
        bool, typer.Option("--from-hook", hidden=True, help="Use the engine that hook_engine names.")
    ] = False,
    git: Annotated[
        str | None, typer.Option("--git", metavar="RANGE", help="Read commit messages, e.g. main~20..main.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent and proposed, and stop.")
    ] = False,
) -> None:
    """Read a transcript and put proposals in the inbox: nothing is saved before `memctl review`."""
    run.repair()
    if from_hook:  # nobody watches: a session goes to a model only where the user's settings say so
        engine = EngineName(run.settings().hook_engine)
    if git is not None:
        if file is not None or session is not None:
            raise UsageError("--git and a transcript were both given", hint="give one of them")
        from memctl.services.learn.from_git import extract_git

        found = extract_git(run.place, git, now=run.now, dry_run=dry_run, everything=not since_cursor)
        _report(run, [found], dry_run=dry_run, reason=None)
        return
    with ExitStack() as stack:
        sessions = _sessions(run, file, session, stack)
        _extract(run, sessions, engine, everything=not since_cursor, dry_run=dry_run)


def _sessions(run: Run, file: str | None, wanted: str | None, stack: ExitStack) -> list[Any]:
    """The sessions to read: of a file, of stdin, or of this project."""
    from memctl.agents.transcripts import readers

    if (
        file == "-"
        or (file is None and wanted is None and _stdin_is_piped())
        or (file and not os.path.isfile(file) and os.path.exists(file))
    ):
        if file in ("-", None) and (sys.stdin is None or sys.stdin.isatty()):
            raise UsageError("no transcript on stdin", hint="pipe one in, or name a file")
        if file and os.path.isdir(file):
            raise UsageError(f"{file} is a directory", hint="name a transcript")
        stream: Any = sys.stdin.buffer
        if file not in ("-", None):
            stream = stack.enter_context(open(str(file), "rb"))  # noqa: SIM115 - the stack closes it
        return readers.from_stream(stack.enter_context(readers.spooled(stream)), wanted)
    if file is not None:
        found = readers.open_file(file)
        # A file of one session is that session, whatever a caller calls it: resuming gives new ids.
        chosen = found if len(found) == 1 else [s for s in found if wanted is None or s.id.startswith(wanted)]
        if not chosen:
            raise NotFound(f"{file} holds no session {wanted}", near=tuple(s.id for s in found[-3:]))
        return chosen
    known = readers.sessions(run.place.root, os.path.expanduser("~"))
    chosen = [s for s in known if s.id.startswith(wanted)] if wanted else known[-1:]
    if wanted is None:
        chosen = sorted(known, key=lambda s: s.started or "")[-1:]
    if not chosen:
        raise NotFound(
            f"no session {wanted}" if wanted else "no recorded session of this project",
            hint="`memctl transcripts` lists them",
        )
    return chosen


def _extract(run: Run, sessions: list[Any], name: EngineName, *, everything: bool, dry_run: bool) -> None:
    from memctl.services.learn import extraction as service

    chosen, reason = _engine(run, name)
    found = []
    for session in sessions:
        if dry_run and chosen.name == "llm":
            found.append(_would_send(run, session, everything))
            continue
        try:
            found.append(
                service.extract(
                    run.place, session, chosen, now=run.now, everything=everything, dry_run=dry_run
                )
            )
        except ModelFailed as error:
            if name is EngineName.llm:
                raise
            reason = error.slug
            run.out.warn(f"the model did not answer ({error.message}); the rules read the session instead")
            chosen = service.Rules()
            found.append(
                service.extract(
                    run.place, session, chosen, now=run.now, everything=everything, dry_run=dry_run
                )
            )
    _report(run, found, dry_run=dry_run, reason=reason)


def _engine(run: Run, name: EngineName) -> tuple[Any, str | None]:
    """The engine, and the one-word reason when it is not the model that `auto` would take."""
    from memctl.services.learn.extraction import Rules

    if name is EngineName.rules:
        return Rules(), None
    from memctl.llm.choose import choose
    from memctl.services.learn.by_model import Llm

    try:
        provider = choose(run.settings(), "extract")
        provider.warm()
        return Llm(provider), None
    except ModelFailed as error:
        if name is EngineName.llm:
            raise
        return Rules(), error.slug


def _would_send(run: Run, session: Any, everything: bool) -> Any:
    """Print the prompt that would go to the model, secrets replaced; nothing is sent."""
    from memctl.agents.transcripts import readers
    from memctl.services.learn import by_model as extract_llm
    from memctl.services.learn.extraction import Outcome
    from memctl.store.state.cursors import Cursors

    cursor = Cursors(run.directory).load(session)
    window = extract_llm.collect(t for t in readers.turns(session) if everything or not cursor.has(t))
    memories, _ = run.store.memories()
    if not run.out.json:
        run.out.block(extract_llm.prompt(window, memories).user)
    return Outcome(session, "llm", (), {}, len(window.turns))


def _report(run: Run, found: list[Any], *, dry_run: bool, reason: str | None) -> None:
    from memctl.cli.output import write
    from memctl.cli.show.proposals import proposal_line, proposal_object, proposal_table
    from memctl.services.inbox.reasons import sentences

    proposals = [p for outcome in found for p in outcome.proposals]
    dropped: dict[str, int] = {}
    for outcome in found:
        for why, count in outcome.dropped.items():
            dropped[why] = dropped.get(why, 0) + count
    accepted = [] if dry_run else _automatic(run, proposals)
    if run.out.json:
        run.out.document(
            {
                "engine": found[0].engine,
                "reason": reason,
                "sessions": [
                    {"agent": o.session.agent, "id": o.session.id, "path": o.session.path, "turns": o.turns}
                    for o in found
                ],
                "turns": sum(o.turns for o in found),
                "proposals": [proposal_object(p) for p in proposals],
                "dropped": dropped,
                "accepted": [v.entry.proposal.id for v in accepted],
                "dry_run": dry_run,
            }
        )
    elif run.out.on_terminal:
        proposal_table(run.out, proposals)
    else:
        for proposal in proposals:
            write(proposal_line(run.out, proposal))
    for sentence in sentences(dropped):
        run.out.note(sentence)
    turns = sum(o.turns for o in found)
    said = f"{_counted(len(proposals), 'proposal')} from {_counted(turns, 'new turn')}"
    run.out.note(
        said + ("" if dry_run or len(proposals) == len(accepted) else "; decide with: memctl review")
    )
    if not turns and any(_has_no_speakers(o.session) for o in found):
        run.out.note(
            "no speaker is marked in this text: begin what the person said with `User:` on a line of its own"
            " or before the words, and answers with `Assistant:`"
        )


def _has_no_speakers(session: Any) -> bool:
    """Whether a text holds words but no mark of who said them, so that nobody's words are in it."""
    from memctl.agents.transcripts import readers

    if session.agent != "text" or not os.path.getsize(session.path):
        return False
    return next(iter(readers.turns(session)), None) is None


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _automatic(run: Run, proposals: list[Any]) -> list[Any]:
    """What the user's own approval policy accepts unasked, said on stderr."""
    approval = dict(run.settings().approval)
    if not approval or not proposals:
        return []
    from memctl.services.review.verdicts import Review

    done = Review(run.place).automatic(proposals, approval)
    for verdict in done:
        run.out.note(f"accepted by your policy: {verdict.entry.proposal.name}; undo with: memctl undo")
    return done


@verb
def transcripts(run: Run) -> None:
    """List this project's recorded sessions, by agent, with what was extracted from each."""
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
            run.out.row(f.session.path, *([f.session.id] if f.session.agent == "opencode" else []))
    if not found:
        run.out.note("no recorded session of this project was found")
