"""Recall: which memories help with a query, from whichever selector can answer in time.

The lexical answer is made first, while the SDK is imported in the background; it costs milliseconds, and
whatever happens to the model afterwards, the person gets an answer within the deadline. Hooks do not come
here: they call `services.recall.lexical` itself.
"""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from memctl.domain.memory import Memory, stem
from memctl.domain.relation import COLD
from memctl.domain.selection import CANDIDATES_MAX, K, Recalled, Selection
from memctl.errors import Damaged, MemctlError, ModelFailed
from memctl.format.caption import caption
from memctl.services.recall import lexical, timeline
from memctl.services.recall.hits import Hit, Successors
from memctl.store.memory.memories import MemoryStore

if TYPE_CHECKING:  # what only a model needs is loaded only for one
    from memctl.llm.provider import Provider
    from memctl.services.recall.lexical import Answer
    from memctl.services.recall.retrospect import Retrospect

DEADLINE = 8.0
"""Seconds that a recall may take in all, unless the user says otherwise."""

RESERVE = 0.3
"""Seconds of the deadline that are kept for starting the process and for printing the answer."""

Redact = Callable[[str], str]
"""Replaces every secret in a text."""

Progress = Callable[[int, int], None]
"""Called with how many memories are indexed, of how many, while a first indexing takes over a second."""


@dataclass(frozen=True)
class Ask:
    """What is asked for. `exclude` and `surfaced` hold names or files that must not come back."""

    query: str
    selector: str = "auto"  # "auto", "llm" or "lexical"
    deadline: float = DEADLINE  # seconds of wall time
    limit: int = K
    exclude: Collection[str] = ()
    surfaced: Collection[str] = ()
    semantic: bool = False  # let likeness of meaning help the words, where that extra is installed
    fallback: bool = True  # False: fail with exit code 4 where the model cannot answer
    holding: bool = False  # only what holds now, the last successor in the place of what was replaced
    as_of: float | None = None  # the moment that is asked about, in seconds since the epoch; None is now


def recall(
    directory: str,
    ask: Ask,
    provider: "Callable[[], Provider]",
    *,
    now: float,
    redact: Redact | None = None,
    progress: Progress | None = None,
) -> Selection:
    """The memories of `directory` that help with `ask.query`, best first.

    `provider` is called only when a model is to be asked. `redact` replaces secrets (default: the guard's).
    Raises ModelFailed when `ask.fallback` is off and no model answers, Damaged when the directory cannot be
    read.
    """
    started = time.monotonic()
    store = MemoryStore(directory)
    under_way = _Recall(store, ask, now, started, redact, progress)
    if not ask.query.strip():
        return under_way.nothing("empty-query")
    try:
        return under_way.lexical() if ask.selector == "lexical" else _with_model(under_way, ask, provider)
    except OSError as error:
        raise Damaged(f"{directory}: {error.strerror or error}", hint="check its permissions") from None


def _with_model(under_way: "_Recall", ask: Ask, provider: "Callable[[], Provider]") -> Selection:
    try:
        asked = provider()
        asked.warm()
    except ModelFailed as failure:
        return under_way.instead(failure)
    if ask.fallback:
        under_way.prepare()
    try:
        return under_way.llm(asked)
    except ModelFailed as failure:
        return under_way.instead(failure)


class _Recall:
    """One recall under way."""

    def __init__(
        self,
        store: MemoryStore,
        ask: Ask,
        now: float,
        started: float,
        redact: Redact | None,
        progress: Progress | None,
    ) -> None:
        self._store = store
        self._ask = ask
        self._scanned = 0
        self._now = now if ask.as_of is None else ask.as_of
        self._started = started
        self._redact = redact
        self._progress = progress
        self._ready: Selection | None = None
        self._then = None if ask.as_of is None else _retrospect(store.directory, ask.as_of)
        self._arrange = timeline.arrangement(ask.query, holding=ask.holding, bygone=self._then is not None)
        self._hidden = self._files({*ask.exclude, *ask.surfaced})

    def _files(self, names: set[str]) -> frozenset[str]:
        """The files that `names` mean; the directory is only listed when there are names."""
        if not names:
            return frozenset()
        return _files(self._then.versions if self._then else [e[0] for e in self._store.listing()[0]], names)

    def nothing(self, why: str) -> Selection:
        """The answer when there is nothing to select from, or for."""
        elapsed = _since(self._started)
        return Selection(
            self._ask.query,
            "none",
            reason=why,
            scanned=self._scanned,
            elapsed_ms=elapsed,
            as_of=self._ask.as_of,
        )

    def prepare(self) -> None:
        """Make the lexical answer, to have it whatever comes."""
        self._ready = self.lexical()

    def lexical(self) -> Selection:
        """The lexical selector's answer."""
        answer = self._by_words() if self._then is None else self._by_words_then(self._then)
        self._scanned = answer.scanned
        if not answer.scanned:
            return self.nothing("no-memories")
        return self._selection("lexical", answer.hits, answer.candidates)

    def _by_words(self) -> "Answer":
        return lexical.recall(
            self._store.directory,
            self._ask.query,
            limit=self._ask.limit,
            exclude=self._hidden,
            now=self._now,
            progress=self._progress,
            semantic=self._ask.semantic,
            arrange=self._arrange,
        )

    def _by_words_then(self, then: "Retrospect") -> "Answer":
        with closing(then.opened()) as cache:
            asked = self._ask.query, self._ask.limit, self._hidden, self._now
            return lexical.weigh(cache, then.directory, *asked, False, self._arrange)[0]

    def llm(self, provider: "Provider") -> Selection:
        """The model's answer. Raises ModelFailed."""
        from memctl.services.recall.select import select

        found = self._shortlist()
        self._scanned, headers = found.scanned, found.hits
        if not headers:
            return self.lexical() if found.scanned else self.nothing("no-memories")
        for hit in headers:
            if label := hit.label(self._now):
                hit.description = f"({label}) {hit.description}"
        spent = time.monotonic() - self._started
        left = self._ask.deadline - spent - min(RESERVE, self._ask.deadline / 10)
        chosen = select(
            self._ask.query,
            headers,
            provider,
            deadline=left,
            now=self._now,
            redact=self._redact or _guards_redact(),
            limit=self._ask.limit,
        )
        by_file = {hit.file: hit for hit in headers}
        hits = self._arrange([by_file[f] for f in chosen.files], Successors(None, headers), self._now)
        if not hits:  # nothing warm fits: what is archived may
            hits = [hit for hit in self._by_words().hits if hit.tier == COLD] if self._then is None else []
        for hit in hits:
            hit.score = None
        return self._selection(
            "llm", hits[: self._ask.limit], len(headers), model=chosen.model, warnings=chosen.warnings
        )

    def _shortlist(self) -> "Answer":
        if self._then is not None:
            with closing(self._then.opened()) as cache:
                asked = self._ask.query, CANDIDATES_MAX, self._hidden, self._now
                return lexical.shortlist(cache, *asked, self._arrange)
        return lexical.candidates(
            self._store.directory,
            self._ask.query,
            CANDIDATES_MAX,
            exclude=self._hidden,
            now=self._now,
            progress=self._progress,
            arrange=self._arrange,
        )

    def instead(self, failure: ModelFailed) -> Selection:
        """The lexical answer with the reason; raises `failure` when it was not allowed."""
        if not self._ask.fallback:
            raise failure
        answer = self._ready or self.lexical()
        if answer.strategy == "none":
            return answer
        message = f"{failure.message}; the lexical selector answered"
        return replace(answer, reason=failure.slug, message=message, elapsed_ms=_since(self._started))

    def _read(self, files: Sequence[str]) -> tuple[list[Memory], list[str]]:
        found: list[Memory] = []
        lost: list[str] = []
        for file in files:
            try:
                found.append(_captioned((self._then.memory if self._then else self._store.skim)(file)))
            except MemctlError as error:
                lost.append(error.message)
        return found, lost

    def _selection(
        self,
        strategy: str,
        hits: Sequence[Hit],
        candidates: int,
        *,
        reason: str | None = None,
        model: str | None = None,
        warnings: tuple[str, ...] = (),
    ) -> Selection:
        found = {hit.file: hit for hit in hits}
        memories, lost = self._read(list(found))
        since = self._then.since if self._then else {}
        standing = {f: timeline.standing(hit, self._now, since.get(f, "")) for f, hit in found.items()}
        recalled = tuple(
            Recalled(m, self._store.path(m.file), found[m.file].score, m.warnings, standing[m.file])
            for m in memories
        )
        return Selection(
            self._ask.query,
            strategy,
            recalled,
            reason=reason,
            model=model,
            elapsed_ms=_since(self._started),
            scanned=self._scanned,
            candidates=candidates,
            warnings=(*warnings, *lost),
            as_of=self._ask.as_of,
        )


def _captioned(memory: Memory) -> Memory:
    """`memory` with the line by which it is shown as its description."""
    shown = caption(memory.description, memory.stem, memory.body)
    return memory if shown == memory.description else replace(memory, description=shown)


def _retrospect(directory: str, moment: float) -> "Retrospect":
    from memctl.services.recall import retrospect  # reads the history

    return retrospect.at(directory, moment)


def _guards_redact() -> Redact:
    from memctl.services.guard import redact

    return redact


def _files(files: Iterable[str], names: set[str]) -> frozenset[str]:
    """The files that `names` mean: by file, by file without `.md`, or by its last part alone."""
    wanted = {stem(name).casefold() for name in names}
    return frozenset(f for f in files if wanted & {stem(f).casefold(), stem(f).rsplit("/", 1)[-1].casefold()})


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
