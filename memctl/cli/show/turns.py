"""Turns of recorded sessions, for a terminal, a pipe, and as JSON."""

import sys
from typing import TYPE_CHECKING

from memctl.cli import folding
from memctl.cli.run import Run

if TYPE_CHECKING:
    from memctl.domain.transcript import Session
    from memctl.services.session.pages import Page


def print_turns(run: Run, found: "list[Page]", named: str) -> None:
    """Print pages as one block of data."""
    from memctl.services.session import pages

    if run.out.json:
        rows = [
            {"session": page.session or None, "turn": page.turn, "id": page.id, "speaker": page.speaker,
             "at": page.at, "text": page.text, "cut": page.cut}
            for page in found
        ]  # fmt: skip
        run.out.document({"turns": rows})
        return
    run.page()
    run.out.block(pages.fenced(found, named))
    if not found:
        run.out.note("nothing in it has these words")


def print_session(run: Run, session: "Session", state: str) -> None:
    """A recorded session on one line of a terminal: agent, start, id, which is never cut, and `state`, below
    it where it would not fit."""
    line = f"{session.agent:<12} {(session.started or '')[:16]:<16}  {session.id:<36}"
    if len(line) + 1 + len(state) <= (folding.columns(sys.stdout) or sys.maxsize):
        run.out.line(f"{line} {state}".rstrip())
    else:
        run.out.line(line.rstrip())
        run.out.line(f"{'':<12} {state}".rstrip())
