"""The screen of `review`: one proposal, its diff and evidence, one key for the verdict."""

import os
import sys
import termios
import tty
from collections.abc import Sequence
from typing import Any

from memctl.cli.output import write
from memctl.cli.run import Run
from memctl.cli.show.proposals import shown
from memctl.cli.show.verdicts import say_undo
from memctl.errors import MemctlError
from memctl.text.escape import escape

KEYS = "[a]ccept  [e]dit  [r]eject  [l]ater  [u]ndo  [q]uit"

_UNKNOWN = "press one of the letters in brackets; ? says what they do"

_HELP = """  a  accept: save what the diff shows
  e  edit in $VISUAL or $EDITOR, then decide on the new diff
  r  reject, with a reason if you like; it is not proposed again
  l  later: leave it in the inbox, behind the others
  u  undo the last verdict
  q  quit; what was not decided stays in the inbox"""


class Screen:
    """Shows what waits until it is decided or the person quits."""

    def __init__(self, run: Run, desk: Any) -> None:
        self.run = run
        self.desk = desk
        self.verdicts: list[Any] = []
        self.waiting: list[Any] = []

    def show(self, entries: Sequence[Any] | None = None) -> None:
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

    def _everything(self) -> list[Any]:
        offers, damaged = self.desk.offers()
        self.run.out.warn_all(f"{self.desk.inbox.folder}/{name} holds no proposal" for name in damaged)
        return [offer.entry for offer in offers]

    def _go_on(self) -> None:
        while self.waiting:
            try:
                if not self._decide(self.desk.offer(self.waiting[0])):
                    return
            except MemctlError as error:
                self._trouble(error)

    def _decide(self, offer: Any) -> bool:
        """One proposal on the screen; False to quit."""
        decided = len(self.verdicts)
        self._put(f"── {decided + 1} of {decided + len(self.waiting)} " + "─" * 30, "36")
        write("\n".join(shown(self.run.out, offer)) + "\n")
        if offer.planned.change is None:
            self._put("there is nothing left to change: it is taken out of the inbox")
            self.desk.inbox.drop(offer.entry.proposal.id)
            self.waiting.pop(0)
            return True
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
            self._put(_HELP if key == "?" else _UNKNOWN)

    def _act(self, key: str, offer: Any, reason: str = "") -> bool:
        entry = self._current(offer)
        if key == "u":
            return self._take_back()
        if key == "e":
            return self._edit(offer, entry)
        if key == "a":
            verdict = self.desk.accept([entry])[0]
        elif key == "r":
            verdict = self.desk.reject(entry, reason)
        else:
            verdict = self.desk.later(entry)
        self.waiting.pop(0)
        self.verdicts.append(verdict)
        self._put(f"{verdict.verdict}: {entry.proposal.name}", "1")
        return True

    def _current(self, offer: Any) -> Any:
        """The entry in line with the files, since that is the diff that was shown."""
        if not offer.planned.stale:
            return offer.entry
        from dataclasses import replace

        return replace(offer.entry, proposal=offer.planned.proposal)

    def _edit(self, offer: Any, entry: Any) -> bool:
        if offer.planned.after is None:
            self._put("a removal has no text to edit")
            return True
        from memctl.cli.editor import edit_bytes

        content, kept = edit_bytes(offer.planned.after, offer.planned.file.rsplit("/", 1)[-1])
        if content == offer.planned.after:
            kept.remove()
            self._put("the text is as it was")
            return True
        try:
            self.waiting[0] = self.desk.edit(entry, content)
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
        self._put(self.desk.take_back(verdict))
        self.verdicts.pop()
        self.waiting.insert(0, verdict.entry)
        return True

    def _trouble(self, error: MemctlError) -> None:
        """A verdict that failed: say why; the proposal is shown again as the inbox has it now."""
        self.run.out.warn(error.message + (f" ({error.hint})" if error.hint else ""))
        entries = {e.proposal.id: e for e in self.desk.inbox.entries()[0]}
        self.waiting = [entries[e.proposal.id] for e in self.waiting if e.proposal.id in entries]

    def _key(self) -> str:
        """One key, without Enter. An escape sequence counts as one unknown key.

        What was typed before the prompt stands is thrown away: nobody accepts what they have not seen.
        """
        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
        try:
            tty.setcbreak(descriptor, termios.TCSAFLUSH)
            write(self.run.out.paint(KEYS + "  ? ", "2", sys.stdout))
            sys.stdout.flush()
            pressed = os.read(descriptor, 32).decode("utf-8", "replace")
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
        write("\n")
        return pressed[:1].lower()

    def _reason(self) -> str | None:
        """Why it is rejected, "" for no reason; None when Ctrl-C or Ctrl-D calls the rejection off."""
        write("reason (empty for none, Ctrl-C to keep it): ")
        sys.stdout.flush()
        try:
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
        left = len(self.waiting) + counts["later"]
        said = ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "nothing decided"
        self.run.out.note(f"{said}; {left} left in the inbox")
        say_undo(self.run.out, self.verdicts)
