"""What is installed in the agents, and what their hooks did, for a terminal, a pipe, and as JSON."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from memctl.cli import asking
from memctl.cli.run import Run

if TYPE_CHECKING:
    from memctl.hooks.status import Status
    from memctl.hooks.teaching import Lesson
    from memctl.hooks.trial import Trial

_KINDS = {"skill": "skill", "agents_md": "paragraph"}


def print_status(run: Run, found: "Sequence[Status]", lessons: "Mapping[str, Sequence[Lesson]]") -> None:
    """A line for each agent, and one for each skill and paragraph of memctl that is there."""
    own = asking.of_agents(run, [s.agent for s in found])
    if run.out.json:
        rows = [_row(s, lessons[s.agent]) | {"own_model": own.get(s.agent)} for s in found]
        run.out.document({"hooks": rows})
        return
    for s in found:
        events = f" ({', '.join(s.events)})" if s.events else ""
        run.out.line(f"{s.agent:<12} {s.state:<10} {s.path or '-'}{events}")
        if s.note and s.state not in ("absent", "unreadable"):
            run.out.note(s.note)
        if own.get(s.agent, {}).get("allowed"):
            asking.stands(run, s.agent)
        for one in lessons[s.agent]:
            if one.state not in ("absent", "foreign"):
                run.out.line(f"{s.agent:<12} {one.state:<10} {one.path} ({_KINDS[one.kind]})")


def _row(status: "Status", lessons: "Sequence[Lesson]") -> dict[str, object]:
    """One agent's status as JSON, with a key for each kind of lesson."""
    taught = {one.kind: {"state": one.state, "path": one.path or None} for one in lessons}
    return {**vars(status), "path": status.path or None, "note": status.note or None, **taught}


def print_trials(run: Run, agent: str, trials: "Sequence[Trial]") -> None:
    """What each installed command of `agent` answered when it was tried: a line for each event."""
    if run.out.json:
        rows = [vars(t) | {"ok": not t.trouble} for t in trials]
        run.out.document({"agent": agent, "trials": rows})
        return
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
