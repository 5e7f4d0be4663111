"""Whether anything came of the hooks lately, as findings for the doctor: an agent whose hooks are installed
and not called, and extractions that fail every time."""

import os
from collections.abc import Iterator, Sequence

from memctl.agents.table import Agent, hooked
from memctl.domain import times
from memctl.domain.finding import Finding
from memctl.errors import MemctlError
from memctl.hooks import hooklog, install, status

SILENT_DAYS = 3
"""Between the last call of a hook and a later session, before it is a finding: long enough for a session that
was resumed with the hooks left out."""

FAILING = 3
"""Extractions in a row that failed before it is a finding: one may have met a full disk or a busy lock."""

_DAY = 86_400.0


def check(root: str, now: float) -> Iterator[Finding]:
    """Findings about the project `root`. Reads the log, and the times of the agents' session files."""
    lines = hooklog.read()
    for agent in hooked():
        if agent.has_transcripts and not agent.shared:  # in a shared file any project's session counts
            yield from _silent(agent, root, lines)
    yield from _failing(lines, now)


def _silent(agent: Agent, root: str, lines: Sequence[str]) -> Iterator[Finding]:
    place, since = _installed(agent, root)
    if not place:
        return
    calls = [
        said["at"] for said in hooklog.of_agent(lines, agent.name) if said.get("event") != hooklog.EXTRACT
    ]
    last = times.parse(calls[-1]) if calls else None
    session = _newest_session(agent, root)
    if session - (since if last is None else last) < SILENT_DAYS * _DAY:
        return
    called = "none of them was ever called" if last is None else f"none was called since {_date(last)}"
    message = f"the {agent.name} hooks are installed in {place}, but {called}"
    repair = (
        f"memctl hooks test {agent.name} says whether they work; then see whether {agent.title} has them on"
    )
    note = agent.dialect().note
    until = f", while sessions of this project were recorded until {_date(session)}"
    yield Finding(
        "hooks.silent", "warning", message + until, None, None, f"{repair}. {note}" if note else repair
    )


def _installed(agent: Agent, root: str) -> tuple[str, float]:
    """Where the hooks stand that the project's sessions call, and since when; "" where there are none."""
    for level in (None, root):
        try:
            found = status.status(agent, level)
        except MemctlError:
            continue
        if found.state in ("installed", "partial"):
            return found.path, install.since(found.path)
    return "", 0.0


def _newest_session(agent: Agent, root: str) -> float:
    """When the last session of the project was written to, in seconds since the epoch; 0 without any."""
    newest = 0.0
    for path in agent.reader().find(root, os.path.expanduser("~")):
        try:
            newest = max(newest, os.stat(path).st_mtime)
        except OSError:
            continue
    return newest


def _failing(lines: Sequence[str], now: float) -> Iterator[Finding]:
    """The last extractions, when each of them failed or had nothing to read."""
    said = [one for one in map(hooklog.fields, lines) if _is_attempt(one)]
    recent = [one for one in said if now - (times.parse(one["at"]) or 0.0) < 2 * hooklog.DAYS * _DAY]
    if len(recent) < FAILING or any(one.get("outcome") == "ok" for one in recent):
        return
    reasons = ", ".join(sorted({one.get("outcome", "") for one in recent})[:3])
    message = f"each of the last {len(recent)} extractions of a session failed ({reasons})"
    yield Finding(
        "extract.failing", "warning", message, None, None, "memctl extract reads the last one, and says why"
    )


def _is_attempt(said: dict[str, str]) -> bool:
    return said.get("event") == hooklog.EXTRACT or said.get("outcome") == "no-transcript"


def _date(moment: float) -> str:
    return times.write(moment)[:10]
