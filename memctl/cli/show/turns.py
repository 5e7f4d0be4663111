"""Turns of recorded sessions, for a terminal, a pipe, and as JSON."""

from typing import TYPE_CHECKING

from memctl.cli.run import Run

if TYPE_CHECKING:
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
    run.out.block(pages.fenced(found, named))
    if not found:
        run.out.note("nothing in it has these words")
