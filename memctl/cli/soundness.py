"""A text from an editor whose header is damaged: said before it is written, and opened again."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from memctl.cli.related import choose
from memctl.cli.run import Run
from memctl.errors import Cancelled, Refused

if TYPE_CHECKING:
    from memctl.cli.editor import Kept

ANSWERS = {"e": "edit again", "s": "save it so", "c": "cancel"}
"""What a person may do about a header that does not say what it did, by its key."""


def sound(run: Run, edited: bytes, kept: "Kept", damage: Callable[[bytes], Sequence[str]]) -> bytes:
    """`edited`, once `damage` finds nothing in it, or a person on a terminal wants it as it is.

    `kept` is the file that the editor wrote, which opens again. Raises Refused with the file and the line
    where nobody can be asked, Cancelled where the person gives up; the file stays then.
    """
    from memctl.cli.editor import reopened

    while found := damage(edited):
        if not run.out.can_ask:
            said = "\n".join(f"{kept.path}: {sentence}" for sentence in found)
            raise Refused(f"the header is damaged, and nothing was saved:\n{said}", hint=_HINT, slug="header")
        run.out.warn_all(f"the header is damaged: {sentence}" for sentence in found)
        answer = choose(run, ANSWERS)
        if answer == "cancel":
            raise Cancelled("nothing was saved")
        if answer == "save it so":
            break
        edited = reopened(kept)
    return edited


_HINT = "mend it there, then give the file to `memctl save --file FILE --name NAME --update`"
