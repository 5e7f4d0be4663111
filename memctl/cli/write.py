"""What every verb that changes something does around the write: report repairs, print the undo line."""

from typing import Any

from memctl.cli.run import Run


def apply(run: Run, change: Any) -> Any:
    """Apply `change` to the memory directory and say on stderr what happened besides."""
    from memctl.store.write.apply import apply as store_apply

    run.register()
    applied = store_apply(run.directory, change, now=run.now)
    if applied.outside:
        names = ", ".join(applied.outside[:5]) + (", ..." if len(applied.outside) > 5 else "")
        run.out.detail(f"recorded first what was changed outside memctl: {names}")
    if applied.commit is None:
        run.out.warn("git is not installed, so this change cannot be undone")
    return applied


def offer_undo(run: Run, applied: Any) -> None:
    """The undo line, after the result."""
    if applied is not None and applied.commit:
        run.out.note("undo with: memctl undo")
