"""In which languages the person speaks, counted while a session is read for other reasons."""

from collections import Counter
from collections.abc import Callable, Iterator

from memctl.domain.transcript import Session, Turn
from memctl.services.learn import echo
from memctl.services.learn.sentences import sentences
from memctl.store.state import spoken

TEXT_MAX = 4_000
"""Characters of one message that are looked at: its language shows in less."""


class Listener:
    """Counts the messages of one session by language, and keeps nothing else of them."""

    def __init__(self, session: Session) -> None:
        self._is_theirs = session.recorded or session.given  # anybody may have written another file
        self._heard: Counter[str] = Counter()

    def listen(self, turns: Iterator[Turn], is_new: Callable[[Turn], bool]) -> Iterator[Turn]:
        """`turns`, each as it is asked for; of those that are new the person's own words are heard."""
        for turn in turns:
            if self._is_theirs and turn.origin == "person" and not turn.sidechain and is_new(turn):
                self._hear(turn)
            yield turn

    def keep(self) -> None:
        """Add what was heard to the counts of the person."""
        spoken.add(self._heard)

    def _hear(self, turn: Turn) -> None:
        from memctl.text.tongue import tongue  # its lists of words take 40 ms to load

        said = echo.heard(turn)
        own = " ".join(s.text for s in sentences(said.text[:TEXT_MAX])) if said else ""
        language = tongue(own) if own else None
        if language:
            self._heard[language] += 1
