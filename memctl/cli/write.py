"""What every verb that changes something does around the write door: report repairs, print the undo line."""

from typing import TYPE_CHECKING

from memctl.cli.asking import anticipate
from memctl.cli.run import Run

if TYPE_CHECKING:
    from memctl.domain.change import Applied, Change
    from memctl.services.write.door import Examined


def write(run: Run, change: "Change | Examined") -> "Applied":
    """Write `change` to the memory directory and say on stderr what happened besides."""
    applied = run.door.write(change, now=run.now)
    if applied.outside:
        names = ", ".join(applied.outside[:5]) + (", ..." if len(applied.outside) > 5 else "")
        run.out.detail(f"recorded first what was changed outside memctl: {names}")
    if applied.commit is None:
        run.out.warn("git is not installed, so this change cannot be undone")
    anticipate(run)
    return applied


def offer_undo(run: Run, applied: "Applied | None") -> None:
    """The undo line, after the result."""
    said = undo_words(applied)
    if said:
        run.out.note(said)


def undo_words(applied: "Applied | None") -> str:
    """How what was `applied` is taken back; "" where nothing was, or nothing can."""
    return "undo with: memctl undo" if applied is not None and applied.commit else ""
