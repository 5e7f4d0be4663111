"""Recall: which memories help with a query, from whichever selector can answer in time.

The lexical answer is made first, while the SDK is imported in the background; it costs milliseconds, and
whatever happens to the model afterwards, the person gets an answer within the deadline. Hooks do not come
here: they call `services.lexical` itself.
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from memctl.domain.memory import Memory, stem
from memctl.domain.selection import CANDIDATES_MAX, K, Recalled, Selection
from memctl.errors import MemctlError, ModelFailed
from memctl.llm.provider import Provider
from memctl.services.select import Redact, select
from memctl.store import codec
from memctl.store.listing import Entry
from memctl.store.memories import MemoryStore

DEADLINE = 8.0
"""Seconds that a recall may take in all, unless the user says otherwise."""

_DAY = 86_400.0

Hit = tuple[str, float | None]
"""A file and its score."""


@dataclass(frozen=True)
class Ask:
    """What is asked for. `exclude` and `surfaced` hold names or files that must not come back."""

    query: str
    selector: str = "auto"  # "auto", "llm" or "lexical"
    deadline: float = DEADLINE  # seconds of wall time
    limit: int = K
    exclude: Collection[str] = ()
    surfaced: Collection[str] = ()
    fallback: bool = True  # False: fail with exit code 4 where the model cannot answer


def recall(
    directory: str, ask: Ask, provider: Callable[[], Provider], *, now: float, redact: Redact | None = None
) -> Selection:
    """The memories of `directory` that help with `ask.query`, best first.

    `provider` is called only when a model is to be asked. `redact` replaces secrets (default: the guard's).
    Raises ModelFailed when `ask.fallback` is off and no model answers, Damaged when the directory cannot be
    read.
    """
    started = time.monotonic()
    store = MemoryStore(directory)
    entries, _ = store.listing()
    if not ask.query.strip() or not entries:
        why = "no-memories" if ask.query.strip() else "empty-query"
        return Selection(ask.query, "none", reason=why, scanned=len(entries), elapsed_ms=_since(started))
    job = _Job(store, ask, entries, now, started, redact or _guards_redact())
    if ask.selector == "lexical":
        return job.lexical()
    try:
        asked = provider()
        asked.warm()
    except ModelFailed as failure:
        return job.instead(failure)
    if ask.fallback:
        job.prepare()
    try:
        return job.llm(asked)
    except ModelFailed as failure:
        return job.instead(failure)


class _Job:
    """One recall under way."""

    def __init__(
        self, store: MemoryStore, ask: Ask, entries: list[Entry], now: float, started: float, redact: Redact
    ) -> None:
        self._store = store
        self._ask = ask
        self._entries = entries
        self._now = now
        self._started = started
        self._redact = redact
        self._ready: Selection | None = None
        self._hidden = _files([entry[0] for entry in entries], {*ask.exclude, *ask.surfaced})

    def prepare(self) -> None:
        """Make the lexical answer, to have it whatever comes."""
        self._ready = self.lexical()

    def lexical(self) -> Selection:
        """The lexical selector's answer."""
        hits, candidates = _lexical_hits(self._store.directory, self._ask, self._hidden, self._now)
        return self._selection("lexical", hits, candidates)

    def llm(self, provider: Provider) -> Selection:
        """The model's answer. Raises ModelFailed."""
        headers = [memory for memory in self._headers() if not _over(memory, self._now)]
        if not headers:
            return self._selection("none", [], 0, reason="no-memories")
        left = self._ask.deadline - (time.monotonic() - self._started)
        chosen = select(
            self._ask.query,
            headers,
            provider,
            deadline=left,
            now=self._now,
            redact=self._redact,
            limit=self._ask.limit,
        )
        hits: list[Hit] = [(file, None) for file in chosen.files]
        return self._selection("llm", hits, len(headers), model=chosen.model, warnings=chosen.warnings)

    def instead(self, failure: ModelFailed) -> Selection:
        """The lexical answer with the reason; raises `failure` when it was not allowed."""
        if not self._ask.fallback:
            raise failure
        answer = self._ready or self.lexical()
        return Selection(
            answer.query,
            answer.strategy,
            answer.memories,
            reason=failure.slug,
            message=f"{failure.message}; the lexical selector answered",
            elapsed_ms=_since(self._started),
            scanned=answer.scanned,
            candidates=answer.candidates,
            warnings=answer.warnings,
        )

    def _headers(self) -> Sequence[Memory]:
        """The memories that the model may choose from: newest first, or the most relevant of too many."""
        names = [entry[0] for entry in self._entries if entry[0] not in self._hidden]
        if len(names) <= CANDIDATES_MAX:
            found = self._read(names)[0]
            return sorted(found, key=lambda memory: (-memory.modified, memory.file))
        return self._read(_most_relevant(self._store.directory, self._ask.query, self._hidden))[0]

    def _read(self, files: Sequence[str]) -> tuple[list[Memory], list[str]]:
        found: list[Memory] = []
        lost: list[str] = []
        for file in files:
            try:
                found.append(self._store.read(file))
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
        scores = dict(hits)
        memories, lost = self._read([file for file, _ in hits])
        recalled = tuple(Recalled(m, self._store.path(m.file), scores[m.file], m.warnings) for m in memories)
        return Selection(
            self._ask.query,
            strategy,
            recalled,
            reason=reason,
            model=model,
            elapsed_ms=_since(self._started),
            scanned=len(self._entries),
            candidates=candidates,
            warnings=(*warnings, *lost),
        )


def _lexical_hits(directory: str, ask: Ask, hidden: set[str], now: float) -> tuple[list[Hit], int]:
    from memctl.services import lexical

    answer = lexical.recall(directory, ask.query, limit=ask.limit, exclude=frozenset(hidden), now=now)
    return [(hit.file, hit.score) for hit in answer.hits], answer.candidates


def _most_relevant(directory: str, query: str, hidden: set[str]) -> list[str]:
    from memctl.services import lexical

    answer = lexical.candidates(directory, query, CANDIDATES_MAX, exclude=frozenset(hidden))
    return [hit.file for hit in answer.hits]


def _guards_redact() -> Redact:
    from memctl.services.guard import redact

    return redact


def _files(files: Sequence[str], names: set[str]) -> set[str]:
    """The files that `names` mean: by file, by file without `.md`, or by its last part alone."""
    wanted = {stem(name).casefold() for name in names}
    return {f for f in files if wanted & {stem(f).casefold(), stem(f).rsplit("/", 1)[-1].casefold()}}


def _over(memory: Memory, now: float) -> bool:
    """Whether a memory has expired or has been superseded."""
    if memory.metadata.get("supersededBy"):
        return True
    expires = memory.metadata.get("expires")
    moment = codec.parse_time(expires)
    if moment is None:
        return False
    whole_day = isinstance(expires, str) and len(expires.strip()) <= len("2026-11-20")
    return moment + (_DAY if whole_day else 0.0) <= now


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
