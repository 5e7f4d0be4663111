"""`review --editor`: the whole inbox as one text in the person's editor, a plan of what follows from it, and
a question before anything is done."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from memctl.cli.output import counted, say
from memctl.cli.run import Run
from memctl.cli.show.proposals import HEARSAY, diff_lines, digits, plainly
from memctl.errors import MemctlError, Refused
from memctl.format import sheet
from memctl.services.review.settlement import Left, Settlement, Settling, block
from memctl.services.review.verdicts import Offer, Review, Verdict

if TYPE_CHECKING:
    from memctl.cli.editor import Kept

NAME = "inbox.md"
"""What the file is called that the editor opens."""

TOLD_MAX = 20
"""Problems that are told at once, at the top of the text and on the terminal."""

ROUNDS = 10
"""How often the editor opens again for what cannot be read: a script may fail in another way each time."""

_HEAD = """\
What stands here when you save is what the memories will say.
  leave a block              accept it
  change it                  accept it in your words (text, description,
                             type; the name too where the memory is new)
  delete it, === to === end  reject it
It is shown before anything is done. An empty file changes nothing.
Lines that begin with #~ are comments; a line of a text that begins with
#~ or === has a \\ before it."""


class WholeInbox:
    """The inbox of `review` in an editor; with `yes` nobody is asked before it is carried out."""

    def __init__(self, run: Run, review: Review, *, yes: bool) -> None:
        self.run = run
        self.review = review
        self.yes = yes
        self.kept: Kept | None = None  # the editor's copy of what the person made of it last

    def edit(self, only: set[str] | None = None) -> tuple[list[Verdict], list[Left]] | None:
        """Have all that waits edited, or what has one of the ids `only`, and carry out what follows.

        Returns the verdicts and what was left; None where nothing was decided. Raises MemctlError when the
        editor fails, what it left cannot be read, or the person says no: nothing is changed then, and the
        text is kept where they changed it.
        """
        offers = self._offers(only)
        if not offers:
            self.run.out.note("nothing waits for a verdict")
            return None
        given = self._text(offers)
        try:
            found, settling = self._agreed(given, offers)
            verdicts = settling.carry_out(found) if not found.is_empty else []
        except (MemctlError, KeyboardInterrupt) as error:
            self._keep(error, given)
            raise
        if self.kept:
            self.kept.remove()
        return verdicts, found.left

    def _agreed(self, text: str, offers: dict[str, Offer]) -> tuple[Settlement, Settling]:
        """What the person makes of `text` and says yes to, edited as often as they like."""
        settling = Settling(self.review, offers)
        while True:
            found, text = self._settled(settling, text)
            arrived = settling.without_changed(found)
            settling.without_rivals(found)
            if self.yes:
                settling.without_unvouched(found)
            if arrived:
                self.run.out.note(f"{counted(len(arrived), 'proposal')} arrived meanwhile: memctl review")
            if found.is_empty or self._ask(found, settling):
                return found, settling

    def _keep(self, error: BaseException, given: str) -> None:
        """Say where the person's text is; where it is still what was `given`, it goes."""
        if self.kept is None:
            return
        if self.kept.text() in (b"", given.encode()):
            self.kept.remove()
            return
        where = f"your text is in {self.kept.keep()}"
        if not isinstance(error, MemctlError):
            self.run.out.note(where)
        elif "your text is in" not in (error.hint or ""):
            error.hint = f"{error.hint}; {where}" if error.hint else where

    def _offers(self, only: set[str] | None) -> dict[str, Offer]:
        """What waits and still changes something, by the digits of its id that tell it apart."""
        found, damaged = self.review.offers()
        self.run.out.warn_all(f"{self.review.inbox.folder}/{name} holds no proposal" for name in damaged)
        chosen = [o for o in found if only is None or o.entry.proposal.id in only]
        for offer in (o for o in chosen if o.planned.change is None):
            self.run.out.note(
                f"{offer.planned.proposal.name}: {offer.planned.note}; `memctl review` takes it out"
            )
        chosen = [o for o in chosen if o.planned.change is not None]
        many = digits([o.entry.proposal.id for o in chosen])
        return {offer.entry.proposal.id[:many]: offer for offer in chosen}

    def _text(self, offers: dict[str, Offer]) -> str:
        blocks = [block(offer, mark, plainly(offer)) for mark, offer in offers.items()]
        return sheet.printed(blocks, f"{counted(len(blocks), 'proposal')}. {_HEAD}".split("\n"))

    def _settled(self, settling: Settling, given: str) -> tuple[Settlement, str]:
        """What the person makes of the text `given`, and that text.

        For what cannot be read the editor opens again, with the text as it was left and the problems at its
        top. Raises MemctlError where they stay.
        """
        for _ in range(ROUNDS):
            left = self._edited(given)
            blocks, problems = sheet.parsed(left)
            found = Settlement()
            if not problems:
                found, problems = settling.read(blocks)
            if not problems:
                return found, left
            for one in problems[:TOLD_MAX]:
                self.run.out.warn(f"line {one.line}: {one.message}")
            if left == given:
                break
            given = sheet.with_problems(left, problems[:TOLD_MAX])
        raise settling.refused or MemctlError("it cannot be read; nothing was changed")

    def _edited(self, given: str) -> str:
        """What the editor makes of `given`; its copy takes the place of the earlier one."""
        from memctl.cli.editor import edit_bytes

        content, kept = edit_bytes(given.encode(), NAME)
        if self.kept:
            self.kept.remove()
        self.kept = kept
        return _decoded(content)

    def _ask(self, found: Settlement, settling: Settling) -> bool:
        """Show what is going to be done, and ask: whether it is agreed to, or to be edited again. Raises
        MemctlError for a no, Refused where nobody can."""
        if not self.run.out.json:
            for line in self._plan(found, settling):
                say(line, painted=True)
        if self.yes:
            return True
        if not self.run.out.can_ask:
            raise Refused(
                "approval needed; nothing was changed", hint="add --yes to carry this out", slug="approval"
            )
        sys.stderr.write("Carry this out? [y/N, e: edit again] ")
        sys.stderr.flush()
        answer = sys.stdin.readline().strip().lower()
        if answer not in ("y", "yes", "e", "edit"):
            raise MemctlError("not carried out; nothing was changed")
        return answer[0] == "y"

    def _plan(self, found: Settlement, settling: Settling) -> list[str]:
        """What is going to be done, a line for each proposal; of those in other words how they differ."""
        lines = self._named("accept", found.accepted)
        lines += self._named("reword and accept", [result for _, result in found.reworded])
        for offer, result in found.reworded:
            lines += diff_lines(self.run.out, settling.difference(offer, result), sys.stderr)
        lines += self._named("reject", found.rejected)
        left = (f"left: {one.proposal.name}: {one.why}" for one in found.left)
        return [*lines, *(self.run.out.paint(line, "33", sys.stderr) for line in left)]

    def _named(self, what: str, offers: Sequence[Offer]) -> list[str]:
        paint = self.run.out.paint
        said = [
            paint(f"  {p.operation:<9} {p.name}", "0", sys.stderr)
            + (paint(f"  [{p.origin}]", "31", sys.stderr) if p.origin in HEARSAY else "")
            for p in (offer.planned.proposal for offer in offers)
        ]
        return [paint(f"{what} {len(said)}:", "1", sys.stderr), *said] if said else []


def _decoded(content: bytes) -> str:
    """Raises MemctlError that names the line which is no UTF-8: another text would come back from a guess."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise MemctlError(f"line {line} is not UTF-8; nothing was changed") from None
