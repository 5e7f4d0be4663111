"""The screen of `review`: one proposal, its diff and evidence, one key for the verdict."""

import shutil
import sys
from collections.abc import Sequence

from memctl.cli.keypress import press
from memctl.cli.output import write
from memctl.cli.run import Run
from memctl.cli.screens.folding import fitted
from memctl.cli.show.proposals import shown, undo_hint
from memctl.errors import MemctlError
from memctl.services.review.verdicts import Offer, Review, Verdict
from memctl.store.state.entries import Entry
from memctl.text.escape import escape

KEYS = "[a]ccept  [e]dit  [r]eject  [l]ater  [v]iew all  [u]ndo  [q]uit"

FRAME = 2
"""Rows of the screen beside the proposal: the line above it, and the keys."""

_UNKNOWN = "press one of the letters in brackets; ? says what they do"

_HELP = """  a  accept: save what the diff shows
  e  edit in $VISUAL or $EDITOR, then decide on the new diff
  r  reject, with a reason if you like; it is not proposed again
  l  later: leave it in the inbox, behind the others
  v  view all of it, also the evidence that found no room
  u  undo the last verdict
  q  quit; what was not decided stays in the inbox"""


class Screen:
    """Shows what waits until it is decided or the person quits."""

    def __init__(self, run: Run, review: Review) -> None:
        self.run = run
        self.review = review
        self.verdicts: list[Verdict] = []
        self.waiting: list[Entry] = []

    def show(self, entries: Sequence[Entry] | None = None) -> None:
        """Go through `entries`, or the whole inbox.

        Raises KeyboardInterrupt on Ctrl-C, after the summary; nothing is half decided then.
        """
        self.waiting = list(self._everything() if entries is None else entries)
        if not self.waiting:
            self.run.out.note("nothing waits for a verdict")
            return
        try:
            self._go_on()
        except KeyboardInterrupt:
            self._put("")
            self._sum_up()
            raise
        self._sum_up()

    def _everything(self) -> list[Entry]:
        offers, damaged = self.review.offers()
        self.run.out.warn_all(f"{self.review.inbox.folder}/{name} holds no proposal" for name in damaged)
        return [offer.entry for offer in offers]

    def _go_on(self) -> None:
        while self.waiting:
            try:
                if not self._decide(self.review.offer(self.waiting[0])):
                    return
            except MemctlError as error:
                self._failed(error)

    def _decide(self, offer: Offer) -> bool:
        """One proposal on the screen; False to quit."""
        decided = len(self.verdicts)
        self._put(f"── {decided + 1} of {decided + len(self.waiting)} " + "─" * 30, "36")
        view = shown(self.run.out, offer)
        columns, high = shutil.get_terminal_size()
        write("\n".join(fitted(view, high - FRAME, columns)) + "\n")
        if offer.planned.change is None:
            self._put("nothing is left to do: it is taken out of the inbox")
            self.review.dismiss(offer.entry)
            self.waiting.pop(0)
            return True
        self.review.show(offer)
        while True:
            key = self._key()
            if key in ("q", "\x04", ""):
                return False
            if key == "r":
                reason = self._reason()
                if reason is None:
                    continue
                return self._act(key, offer, reason)
            if key in "aelu":
                return self._act(key, offer)
            if key == "v":
                write("\n".join(view.lines) + "\n")
            else:
                self._put(_HELP if key == "?" else _UNKNOWN)

    def _act(self, key: str, offer: Offer, reason: str = "") -> bool:
        entry = offer.shown
        if key == "u":
            return self._take_back()
        if key == "e":
            return self._edit(offer, entry)
        if key == "a":
            verdict = self.review.accept([entry])[0]
        elif key == "r":
            verdict = self.review.reject(entry, reason)
        else:
            verdict = self.review.later(entry)
        self.waiting.pop(0)
        self.verdicts.append(verdict)
        self._put(f"{verdict.verdict}: {entry.proposal.name}", "1")
        return True

    def _edit(self, offer: Offer, entry: Entry) -> bool:
        text = offer.planned.after
        if text is None or not entry.proposal.kind.writes:
            what = "removal" if text is None else entry.proposal.operation
            self._put(f"a {what} has no text to edit")
            return True
        from memctl.cli.editor import edit_bytes

        content, kept = edit_bytes(text, offer.planned.file.rsplit("/", 1)[-1])
        if content == text:
            kept.remove()
            self._put("the text is as it was")
            return True
        try:
            self.waiting[0] = self.review.edit(entry, content)
        except MemctlError:
            self._put(f"your text is kept in {kept.keep()}")
            raise
        kept.remove()
        return True

    def _take_back(self) -> bool:
        if not self.verdicts:
            self._put("no verdict to take back")
            return True
        verdict = self.verdicts[-1]
        self._put(self.review.take_back(verdict))
        self.verdicts.pop()
        self.waiting.insert(0, verdict.entry)
        return True

    def _failed(self, error: MemctlError) -> None:
        """A verdict that failed: say why; the proposal is shown again as the inbox has it now."""
        self.run.out.warn(error.message + (f" ({error.hint})" if error.hint else ""))
        entries = {e.proposal.id: e for e in self.review.inbox.entries()[0]}
        self.waiting = [entries[e.proposal.id] for e in self.waiting if e.proposal.id in entries]

    def _key(self) -> str:
        """One key, without Enter."""
        return press(self.run.out.paint(KEYS + "  ? ", "2", sys.stdout), sys.stdout)

    def _reason(self) -> str | None:
        """Why it is rejected, "" for no reason; None when Ctrl-C or Ctrl-D calls the rejection off."""
        try:  # around the question too: who reads it may be faster than the next line here
            write("reason (empty for none, Ctrl-C to keep it): ")
            sys.stdout.flush()
            line = sys.stdin.readline()
        except KeyboardInterrupt:
            line = ""
        if line:
            return line.strip()
        self._put("\nnot rejected")
        return None

    def _put(self, text: str, color: str = "") -> None:
        """One line, escaped: names come from models and files."""
        write((self.run.out.paint(text, color, sys.stdout) if color else escape(text, keep="\n")) + "\n")

    def _sum_up(self) -> None:
        counts = {v: sum(x.verdict == v for x in self.verdicts) for v in ("accepted", "rejected", "later")}
        said = ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "nothing decided"
        self.run.out.note(f"{said}; {self.review.left()} left in the inbox")
        hint = undo_hint(self.verdicts)
        if hint:
            self.run.out.note(hint)
