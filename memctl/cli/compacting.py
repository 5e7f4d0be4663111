"""`session compact`: which history is read, and how what is left of it is printed."""

import os
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from memctl.cli.output import counted, json_text, write
from memctl.cli.run import Run, stdin_is_piped
from memctl.errors import NotFound, UsageError

if TYPE_CHECKING:
    from memctl.domain.transcript import Session
    from memctl.services.session.compaction import Compacted, Share


def compact(run: Run, file: str | None, wanted: str | None) -> None:
    """Print the history in `file` (- or None: stdin), or of the project's session
    `wanted` where no file is named, made short. Raises UsageError, NotFound, MemctlError."""
    from memctl.agents.transcripts import conversation
    from memctl.services.session import choice, compaction

    with ExitStack() as stack:
        if file is None and wanted is not None:
            chosen = choice.one(run.place.root, wanted)
        else:
            chosen = _one(stack.enter_context(conversation.opened(_path(file, stack))), wanted)
        done = compaction.compact(chosen)
    if run.out.json:
        run.out.document(_document(done))
    else:
        write(json_text({"messages": done.request}, indent=None if not run.out.on_terminal else 2) + "\n")
    _report(run, done)


def _path(file: str | None, stack: ExitStack) -> str:
    """Where the history lies; what comes from stdin in a private file."""
    from memctl.agents.transcripts import readers

    if file is not None and file != "-":
        if os.path.isdir(file):
            raise UsageError(f"{file} is a directory", hint="name a file with messages, or a transcript")
        if not os.path.exists(file) or os.path.isfile(file):
            return file
        return stack.enter_context(readers.spooled(stack.enter_context(open(file, "rb"))))
    if sys.stdin is None or sys.stdin.isatty() or (file is None and not stdin_is_piped()):
        raise UsageError("no messages on stdin", hint="pipe them in, or name a file")
    return stack.enter_context(readers.spooled(sys.stdin.buffer))


def _one(found: "list[Session]", wanted: str | None) -> "Session":
    """The session whose id begins with `wanted`; of a file that holds many, without that, the last."""
    chosen = [one for one in found if wanted is None or len(found) == 1 or one.id.startswith(wanted)]
    if not chosen:
        raise NotFound(f"there is no session {wanted}", near=tuple(one.id for one in found[-3:]))
    return chosen[-1]


def _document(done: "Compacted") -> dict[str, Any]:
    kept = done.window
    return {
        "summary": done.summary,
        "messages": list(kept.messages),
        "kept": {
            "messages": len(kept.messages), "left_out": kept.left_out, "with_text": kept.texts,
            "tokens": kept.low, "tokens_at_most": kept.high, "shortened": kept.clipped,
        },
        "figures": {name: _figures(share) for name, share in done.shares.items()},
        "verified": not done.lacking,
        "mended": {"dropped": done.mended.dropped, "answered": done.mended.answered},
    }  # fmt: skip


def _figures(share: "Share") -> dict[str, Any]:
    return {
        "before": share.before, "after": share.after, "share": round(share.share, 3), "verbatim": share.whole
    }  # fmt: skip


def _report(run: Run, done: "Compacted") -> None:
    """Say on stderr how much is left, and what was done to what the API would have refused."""
    kept = done.window
    if not done.summary:
        run.out.note(f"all {counted(len(kept.messages), 'message')} are kept: there is nothing to make short")
    else:
        run.out.note(
            f"kept {counted(len(kept.messages), 'message')} of {len(kept.messages) + kept.left_out:,}, about "
            f"{kept.low:,} tokens; a summary of {len(done.summary) // 4:,} stands before them"
        )
        shares = (
            f"{name} {s.after}/{s.before}{' (verbatim)' if s.whole else ''}"
            for name, s in done.shares.items()
        )
        run.out.note("left of it: " + ", ".join(shares))
    if kept.clipped:
        run.out.note(f"{counted(kept.clipped, 'long text')} of the kept messages: the middle was left out")
    if not kept.messages and kept.left_out:
        run.out.warn(
            "no message is kept: the last one, with what belongs to it, is longer than may be kept and is "
            "nothing that can be shortened"
        )
    if done.mended:
        run.out.note(
            f"mended: {counted(done.mended.dropped, 'block')} that the API refuses left out, "
            f"{counted(done.mended.answered, 'call')} without a result answered"
        )
    if done.lacking:
        run.out.warn(f"less than 85 % is left of: {', '.join(done.lacking)}; there was no room for more")
