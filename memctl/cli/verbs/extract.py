"""The verb that reads what was recorded."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import IO, TYPE_CHECKING, Annotated

import typer

from memctl.agents.actor import PERSON, actor
from memctl.cli.run import Run, stdin_is_piped, verb
from memctl.errors import ModelFailed, Refused, UsageError
from memctl.store.state import deed

if TYPE_CHECKING:
    from memctl.domain.transcript import Session
    from memctl.services.learn.extraction import Engine, Outcome


EngineName = StrEnum("EngineName", ["auto", "rules", "llm"])
"""Who extracts: a model, rules, or the model where there are credentials."""


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
    mine: Annotated[
        bool, typer.Option("--mine", help="The transcript is your own: what its person says, you said.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent and proposed, and stop.")
    ] = False,
) -> None:
    """Read a transcript and put proposals in the inbox: nothing is saved before `memctl review`."""
    from memctl.hooks import hooklog

    with hooklog.extraction(from_hook) as said:
        run.repair()
        if from_hook:  # nobody watches: a session goes to a model only where the user's settings say so
            engine = EngineName(run.settings().hook_engine)
        if git is not None:
            if file is not None or session is not None or mine:
                raise UsageError("--git and a transcript were both given", hint="give one of them")
            found = _of_git(run, git, dry_run=dry_run, everything=not since_cursor, from_hook=from_hook)
        else:
            found = _of_transcript(
                run, file, session, engine, not since_cursor, mine=mine, from_hook=from_hook, dry_run=dry_run
            )
        if not (from_hook or dry_run) and any(outcome.proposals for outcome in found):
            deed.note(run.directory, "extract", run.now)
        said |= {
            "agent": found[0].session.agent,
            "engine": found[0].engine,
            "turns": sum(outcome.turns for outcome in found),
            "proposals": sum(len(outcome.proposals) for outcome in found),
        }


def _of_git(run: Run, git: str, *, dry_run: bool, everything: bool, from_hook: bool) -> "Sequence[Outcome]":
    from memctl.services.learn.from_git import extract_git

    named = actor() == PERSON and not from_hook
    found = extract_git(run.place, git, now=run.now, dry_run=dry_run, everything=everything, given=named)
    _report(run, [found], dry_run=dry_run, reason=None)
    return [found]


def _of_transcript(
    run: Run,
    file: str | None,
    session: str | None,
    engine: EngineName,
    everything: bool,
    *,
    mine: bool,
    from_hook: bool,
    dry_run: bool,
) -> "Sequence[Outcome]":
    with ExitStack() as stack:
        sessions = _sessions(run, file, session, stack)
        if actor() == PERSON and not from_hook:
            sessions = [replace(one, recorded=one.recorded or mine, given=True) for one in sessions]
        elif mine:
            run.out.warn(f"{actor()} runs this: that a transcript is theirs is the person's to say")
        found = _extract(run, sessions, engine, everything=everything, dry_run=dry_run)
        if from_hook:
            _keep_the_thread(run, sessions)
        return found


def _keep_the_thread(run: Run, sessions: "Sequence[Session]") -> None:
    """Keep the note and the session memory up to date. Nobody watches: what fails here is tried again when
    the next turn ends."""
    from memctl.errors import MemctlError
    from memctl.services.session.ready import keep

    for session in sessions:
        try:
            keep(session, run.directory, run.settings(), run.now)
        except MemctlError as error:
            run.out.warn(error.message)


def _sessions(run: Run, file: str | None, wanted: str | None, stack: ExitStack) -> "Sequence[Session]":
    """The sessions to read: of a file, of stdin, or of this project."""
    from memctl.agents.transcripts import readers
    from memctl.services.session import choice

    if file == "-" or (file is None and wanted is None and stdin_is_piped()):
        if sys.stdin is None or sys.stdin.isatty():
            raise UsageError("no transcript on stdin", hint="pipe one in, or name a file")
        stream: IO[bytes] = sys.stdin.buffer
    elif file is None:
        return choice.of_project(run.place.root, wanted)
    elif os.path.isfile(file) or not os.path.exists(file):
        _refuse_own(file)
        return choice.in_file(file, wanted)
    elif os.path.isdir(file):
        raise UsageError(f"{file} is a directory", hint="name a transcript")
    else:
        stream = stack.enter_context(open(file, "rb"))  # noqa: SIM115 - the stack closes it
    return readers.from_stream(stack.enter_context(readers.spooled(stream)), wanted)


def _refuse_own(file: str) -> None:
    """Raise Refused for a file of memctl's own state: what it keeps of a session is no session."""
    from memctl import places

    if places.within(os.path.realpath(file), os.path.realpath(places.state_dir())):
        raise Refused(f"{file} is memctl's own and no transcript", hint="name the transcript of the session")


def _extract(
    run: Run, sessions: "Sequence[Session]", name: EngineName, *, everything: bool, dry_run: bool
) -> "Sequence[Outcome]":
    from memctl.services.learn import extraction as service

    agent = next((s.agent for s in sessions), "")
    engine, reason = _engine(run, name, agent, dry_run=dry_run)
    sends: list[str] = []
    read = partial(service.extract, run.place, now=run.now, everything=everything, dry_run=dry_run)
    found = []
    for session in sessions:
        if dry_run and engine.name == "llm":
            outcome, text = _would_send(run, session, everything)
            found.append(outcome)
            sends.append(text)
            continue
        try:
            found.append(read(session, engine))
        except ModelFailed as error:
            if name is EngineName.llm:
                raise
            run.out.warn(f"the model did not answer ({error.message}); the rules read the session instead")
            engine, reason = service.Rules(), error.slug
            found.append(read(session, engine))
    to = _recipient(run, name, agent) if sends else None
    _report(run, found, dry_run=dry_run, reason=reason, sends={"to": to, "prompts": sends} if sends else None)
    return found


def _asked(run: Run, name: EngineName, agent: str) -> str:
    """Whose own CLI may read a session of `agent`: its own, or the first when a model is wanted by name."""
    from memctl.services.own_model import allowed

    settings = run.settings()
    return allowed(settings, agent) or (allowed(settings) if name is EngineName.llm else agent)


def _recipient(run: Run, name: EngineName, agent: str) -> str:
    from memctl.services.own_model import recipient

    return recipient(run.settings(), "extract", _asked(run, name, agent))


def _engine(run: Run, name: EngineName, agent: str, *, dry_run: bool) -> "tuple[Engine, str | None]":
    """The engine, and the one-word reason when it is not the model that `auto` would take.

    A dry run by a model that was asked for by name, or allowed, needs neither program nor credentials.
    """
    from memctl.services.learn.extraction import Rules

    if name is EngineName.rules:
        return Rules(), None
    from memctl.services.learn.by_model import Llm
    from memctl.services.own_model import allowed, choose

    try:
        asked = _asked(run, name, agent)
        provider = choose(run.settings(), "extract", asked)
        if not dry_run or not (name is EngineName.llm or allowed(run.settings(), asked) == provider.name):
            provider.warm()
        return Llm(provider), None
    except ModelFailed as error:
        if name is EngineName.llm:
            raise
        return Rules(), error.slug


def _would_send(run: Run, session: "Session", everything: bool) -> "tuple[Outcome, str]":
    """Print the prompt that would go to the model, secrets replaced, and return it; nothing is sent."""
    from memctl.agents.transcripts import readers
    from memctl.services.learn import by_model, playback
    from memctl.services.learn.extraction import Outcome
    from memctl.store.state.cursors import Cursors

    cursor = Cursors(run.directory).load(session)
    window = playback.collect(t for t in readers.turns(session) if everything or not cursor.has(t))
    memories, _ = run.store.memories()
    text = by_model.prompt(window, memories).user
    if not run.out.json:
        run.out.block(text)
    return Outcome(session, "llm", (), {}, len(window.turns)), text


def _report(
    run: Run,
    found: "Sequence[Outcome]",
    *,
    dry_run: bool,
    reason: str | None,
    sends: "Mapping[str, object] | None" = None,
) -> None:
    """Say what was proposed, and what of it the user's own approval policy accepts unasked."""
    from memctl.cli.show.outcomes import report
    from memctl.cli.show.proposals import undo_hint

    proposals = [p for outcome in found for p in outcome.proposals]
    approval = {} if dry_run else dict(run.settings().approval)
    accepted = []
    if approval and proposals:
        from memctl.services.review.verdicts import Review

        accepted = Review(run.place).automatic(proposals, approval)
    if accepted:
        names = ", ".join(verdict.entry.proposal.name for verdict in accepted)
        hint = undo_hint(accepted)
        run.out.note(f"accepted by your policy: {names}" + (f"; {hint}" if hint else ""))
    report(run, found, accepted, dry_run=dry_run, reason=reason, sends=sends)
