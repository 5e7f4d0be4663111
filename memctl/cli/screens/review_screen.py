"""The screen of `review`: one proposal, its diff and evidence, one key for the verdict."""

import shutil
import sys
from collections.abc import Sequence

from memctl.cli.keypress import press
from memctl.cli.output import write
from memctl.cli.run import Run
from memctl.cli.screens.folding import fitted, rows
from memctl.cli.screens.ranges import chosen
from memctl.cli.show.proposals import HEARSAY, digits, shown, undo_hint
from memctl.errors import MemctlError
from memctl.services.review.verdicts import Offer, Review, Verdict
from memctl.store.state.entries import Entry
from memctl.text.escape import escape

KEYS = "[a]ccept  [e]dit  [r]eject  [l]ater  [v]iew all  [s]elect  [u]ndo  [q]uit"

SEVERAL = "[a]ccept  [r]eject  [l]ater  other keys: none of it"
"""The keys for several that were selected and shown."""

FRAME = 2
"""Rows of the screen beside the proposal: the line above it, and the keys."""

_UNKNOWN = "press one of the letters in brackets; ? says what they do"

_HELP = """  a  accept: save what the diff shows
  e  edit in $VISUAL or $EDITOR, then decide on the new diff
  r  reject, with a reason if you like; it is not proposed again
  l  later: leave it in the inbox, behind the others
  v  view all of it, also the evidence that found no room
  s  select several by number (1-3 5, 7-, all), see them, and decide on all of them
  u  undo the last verdict
  q  quit; what was not decided stays in the inbox"""


class Screen:
    """Shows what waits until it is decided or the person quits."""

    def __init__(self, run: Run, review: Review) -> None:
        self.run = run
        self.review = review
        self.verdicts: list[Verdict] = []
        self.waiting: list[Entry] = []
        self.refusals: list[str] = []  # why a verdict failed, to be said below what is shown next

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
        self._say_refusals()
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
        room = high - FRAME - rows(self.refusals, columns - len("memctl: warning: "))
        lines = fitted(view, room, columns)
        write("\n".join(lines) + "\n")
        if rows(lines, columns) > room:  # what it is about has left the screen
            self._put(f"── {decided + 1} of {decided + len(self.waiting)}: {_title(offer)}", "36")
        self._say_refusals()
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
            if key == "s":
                return self._select()
            if key in "aelru":
                if self._act(key, offer):
                    return True
            elif key == "v":
                write("\n".join(view.lines) + "\n")
            else:
                self._put(_HELP if key == "?" else _UNKNOWN)

    def _act(self, key: str, offer: Offer) -> bool:
        """What `key` asks for; False where it came to nothing, said in a line below what is shown."""
        entry = offer.shown
        if key == "u":
            return self._take_back()
        if key == "e":
            return self._edit(offer, entry)
        if key == "a":
            verdict = self.review.accept([entry])[0]
        elif key == "r":
            reason = self._reason()
            if reason is None:
                return False
            verdict = self.review.reject(entry, reason)
        else:
            verdict = self.review.later(entry)
        self.waiting.pop(0)
        self.verdicts.append(verdict)
        self._put(f"{verdict.verdict}: {entry.proposal.name}", "1")
        return True

    def _select(self) -> bool:
        """Several at once: chosen from a list, each shown whole, decided by one key."""
        offers = [self.review.offer(entry) for entry in self.waiting]
        offers = [offer for offer in offers if offer.planned.change is not None]
        for number, offer in enumerate(offers, 1):
            self._put(f"{number:>4}  {_title(offer)}")
        picked = [offers[place] for place in self._places(len(offers))]
        if not picked:
            return True
        for offer in picked:
            write("\n".join(shown(self.run.out, offer).lines) + "\n\n")
        question = f"{len(picked)} shown above: {SEVERAL}  "
        key = press(self.run.out.paint(question, "2", sys.stdout), sys.stdout)
        return self._decide_on(picked, key)

    def _places(self, count: int) -> list[int]:
        """Which of a list of `count` the person wants; asked again for what names none of them."""
        while True:
            line = self._line("select (1-3 5, 7-, all; empty for none): ")
            try:
                return chosen(line or "", count)
            except ValueError as error:
                self._put(str(error))

    def _decide_on(self, picked: list[Offer], key: str) -> bool:
        entries = [offer.shown for offer in picked]
        if key == "a":
            for offer in picked:
                self.review.show(offer)
            verdicts = self.review.accept(entries)
        elif key == "r":
            reason = self._reason()
            if reason is None:
                return True
            verdicts = [self.review.reject(entry, reason) for entry in entries]
        elif key == "l":
            verdicts = [self.review.later(entry) for entry in entries]
        else:
            self._put("nothing decided")
            return True
        decided = {entry.proposal.id for entry in entries}
        self.waiting = [entry for entry in self.waiting if entry.proposal.id not in decided]
        self.verdicts += verdicts
        for verdict in verdicts:
            self._put(f"{verdict.verdict}: {verdict.entry.proposal.name}", "1")
        return True

    def _edit(self, offer: Offer, entry: Entry) -> bool:
        text = offer.planned.after
        if text is None or not entry.proposal.kind.writes:
            what = "removal" if text is None else entry.proposal.operation
            self._put(f"a {what} has no text to edit")
            return False
        from memctl.cli.editor import edit_bytes

        content, kept = edit_bytes(text, offer.planned.file.rsplit("/", 1)[-1])
        if content == text:
            kept.remove()
            self._put("the text is as it was")
            return False
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
            return False
        verdict = self.verdicts[-1]
        self._put(self.review.take_back(verdict))
        self.verdicts.pop()
        self.waiting.insert(0, verdict.entry)
        return True

    def _say_refusals(self) -> None:
        sys.stdout.flush()
        self.run.out.warn_all(self.refusals)
        self.refusals.clear()

    def _failed(self, error: MemctlError) -> None:
        """A verdict that failed: say why; the proposal is shown again as the inbox has it now."""
        self.refusals.append(error.message + (f" ({error.hint})" if error.hint else ""))
        entries = {e.proposal.id: e for e in self.review.inbox.entries()[0]}
        self.waiting = [entries[e.proposal.id] for e in self.waiting if e.proposal.id in entries]

    def _key(self) -> str:
        """One key, without Enter."""
        return press(self.run.out.paint(KEYS + "  ? ", "2", sys.stdout), sys.stdout)

    def _reason(self) -> str | None:
        """Why it is rejected, "" for no reason; None when Ctrl-C or Ctrl-D calls the rejection off."""
        line = self._line("reason (empty for none, Ctrl-C to keep it): ")
        if line is None:
            self._put("\nnot rejected")
        return line

    def _line(self, question: str) -> str | None:
        """A line in answer to `question`; None for Ctrl-C or Ctrl-D."""
        try:  # around the question too: who reads it may be faster than the next line here
            write(question)
            sys.stdout.flush()
            line = sys.stdin.readline()
        except KeyboardInterrupt:
            line = ""
        return line.strip() if line else None

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
        command = as_command(self.verdicts)
        if command:
            self.run.out.note(f"the same as: {command}")


def _title(offer: Offer) -> str:
    proposal = offer.planned.proposal
    origin = f" [{proposal.origin}]" if proposal.origin in HEARSAY else ""
    return f"{proposal.operation} {proposal.name}{origin}{' !' if proposal.findings else ''}"


def as_command(verdicts: Sequence[Verdict]) -> str:
    """The command lines that give `verdicts`; what was put off needs none. "" where none is left."""
    many = digits([verdict.entry.proposal.id for verdict in verdicts])
    lines = []
    for flag, word in (("--accept", "accepted"), ("--reject", "rejected")):
        ids = [v.entry.proposal.id[:many] for v in verdicts if v.verdict == word]
        lines += [f"memctl review {flag} {' '.join(ids)}"] if ids else []
    return "; ".join(lines)
