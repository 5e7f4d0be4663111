"""What is installed in the agents, and what their hooks did, for a terminal, a pipe, and as JSON."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from memctl.cli import asking
from memctl.cli.run import Run

if TYPE_CHECKING:
    from memctl.hooks.presence import Presence
    from memctl.hooks.status import Status
    from memctl.hooks.trial import Trial

_KINDS = {"skill": "skill", "agents_md": "paragraph"}


def print_status(run: Run, found: "Sequence[Presence]") -> None:
    """A line for each place of an agent, and one for each skill and paragraph of memctl that is there."""
    own = asking.of_agents(run, list(dict.fromkeys(one.status.agent for one in found)))
    if run.out.json:
        run.out.document({"hooks": [_row(one) | {"own_model": own.get(one.status.agent)} for one in found]})
        return
    notes: list[str] = []
    for one in found:
        s = one.status
        _line(run, s.agent, s.state, s.path or "-", _remarks(s))
        if s.state == "unreadable":
            run.out.warn(s.note)
        elif s.note and s.state != "absent":
            notes.append(s.note)
        for lesson in one.lessons:
            if lesson.state not in ("absent", "foreign"):
                _line(run, s.agent, lesson.state, lesson.path, _KINDS[lesson.kind])
    for note in dict.fromkeys(notes):
        run.out.note(note)
    for agent in (name for name, stands in own.items() if stands["allowed"]):
        asking.stands(run, agent)


def _remarks(status: "Status") -> str:
    """What stands in brackets behind a path: whose settings these are, where not the person's; the events."""
    whose = "this project" if status.scope == "project" and status.agent != "git" else ""
    return ": ".join(part for part in (whose, ", ".join(status.events)) if part)


def _line(run: Run, agent: str, state: str, path: str, remarks: str) -> None:
    said = f" ({remarks})" if remarks else ""
    run.out.sentence(f"{agent:<12} {state:<10} {path}{said}", indent=24)


def _row(one: "Presence") -> dict[str, object]:
    """One place of an agent as JSON, with a key for each kind of lesson."""
    taught = {lesson.kind: {"state": lesson.state, "path": lesson.path or None} for lesson in one.lessons}
    status = one.status
    return {**vars(status), "path": status.path or None, "note": status.note or None, **taught}


def print_trials(run: Run, agent: str, tried: "Sequence[tuple[Status, Sequence[Trial]]]") -> None:
    """What each installed command of `agent` answered when it was tried: a line for each event, below the
    name of the file that calls it where there are several."""
    if run.out.json:
        rows = [
            vars(t) | {"ok": not t.trouble, "scope": where.scope} for where, trials in tried for t in trials
        ]
        run.out.document({"agent": agent, "trials": rows})
        return
    for where, trials in tried:
        if len(tried) > 1 or where.scope == "project":
            run.out.note(f"as installed in {where.path}")
        for t in trials:
            verdict = t.trouble or "ok"
            run.out.line(
                f"{t.event:<18} exit {t.code}  {t.chars:>5} chars  {t.seconds * 1000:>5.0f} ms  {verdict}"
            )


def print_log(run: Run, limit: int) -> None:
    """The newest `limit` lines of the log, and on a terminal what came of the last days."""
    from memctl.errors import MemctlError
    from memctl.hooks import hooklog

    lines = hooklog.read()
    shown = lines[-limit:]
    run.moves = False  # a look at the log moves no memory
    try:
        directory = run.directory if any(" recalled=" in line for line in shown) else ""
    except MemctlError:
        directory = ""  # no project here; its memories are then those of others
    names = hooklog.Names(directory, shown)
    recent = hooklog.summary(lines, run.now)
    if run.out.json:
        run.out.document({"calls": [names.told(line) for line in shown], "recent": recent})
        return
    for line in shown:
        run.out.line(names.text(line))
    if run.out.on_terminal:
        run.out.note(hooklog.sentence(recent))
