"""Anticipated queries: have a model write, once per content, the prompts in which a memory would help.

The lexical selector compares words, and a person in need of a memory seldom uses its words. A model reads
each memory once (its body is sent here, unlike in a recall; secrets are replaced before) and writes about
six prompts in the person's words, and in each of the person's languages. They are kept by content
fingerprint in the state directory, batch by batch, so that an interrupted run goes on where it stopped.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from memctl.domain.memory import Memory
from memctl.errors import ModelFailed
from memctl.llm.provider import Provider
from memctl.services.recall import inquiry
from memctl.services.recall.inquiry import BATCH_MEMORIES, BODY_MAX, Asked
from memctl.services.recall.queries import KeptQueries, header_queries
from memctl.services.recall.sifting import Guard, clean
from memctl.settings import Settings
from memctl.store.state import spoken

DEADLINE = 180.0
"""Seconds that one request may take."""

TRIES = 2
"""Requests in which a memory is sent before it is reported as missed."""


@dataclass(frozen=True)
class Enriched:
    """What a run did. `failure` is why it ended early; a further run goes on from there."""

    done: tuple[str, ...] = ()  # files that have queries now
    missed: tuple[str, ...] = ()  # files for which the model wrote nothing usable
    left: tuple[str, ...] = ()  # files not asked about, because the run ended early
    calls: int = 0
    failure: ModelFailed | None = None
    described: Mapping[str, str] = field(default_factory=dict)  # file -> the description that was written


def languages(settings: Settings) -> tuple[str, ...]:
    """The languages in which the person asks: as the setting says, else as their own messages show."""
    given = settings.languages.lower().replace(",", " ").split()
    said = [code for code in (word.partition("-")[0] for word in given) if code.isalpha()]
    return tuple(dict.fromkeys(said))[: spoken.LANGUAGES_MAX] or spoken.languages()


def wanted(memories: Iterable[Memory], kept: KeptQueries, languages: Sequence[str] = ()) -> list[Asked]:
    """The memories whose content has no anticipated queries yet, or none in one of `languages`, each
    with the languages in which prompts are lacking."""
    memories, found = list(memories), []
    kept.look_for(map(kept.key, memories))
    for memory in memories:
        lacking = _lacking(memory, kept, languages)
        if lacking is not None:
            found.append(Asked(memory, lacking))
    return found


def _lacking(memory: Memory, kept: KeptQueries, languages: Sequence[str]) -> tuple[str, ...] | None:
    """The languages in which `memory` needs prompts; None when it has what it needs.

    Its own language is one of those that it is found in as soon as it has any.
    """
    if not kept.has(kept.key(memory)) and not header_queries(memory):
        return tuple(languages)
    open_ones = [code for code in languages if code not in kept.languages(memory)]
    if not open_ones:
        return None
    from memctl.text.tongue import tongue

    own = tongue(f"{memory.description}\n{memory.body[:BODY_MAX]}")
    covered = {own, *map(tongue, kept.of(memory))}
    return tuple(code for code in open_ones if code not in covered) or None


def enrich(
    memories: Sequence[Memory | Asked],
    provider: Provider,
    kept: KeptQueries,
    guard: Guard,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
    languages: Collection[str] = (),
    again: bool = False,
) -> Enriched:
    """Write queries for `memories`, whether they have some or not; `wanted` leaves those out.

    Memories of the same content are asked about once. `progress` is given how many contents are done, of how
    many. A failing provider ends the run, and what was answered until then is kept. `languages` are those of
    the person; `again` puts what is written in the place of what a model wrote before.
    """
    run = _Run(memories, kept, tuple(languages))
    calls = 0
    failure: ModelFailed | None = None
    while failure is None and (batch := run.next()):
        calls += 1
        found, failure = run.ask(batch, provider, guard)
        if again:
            kept.replace(found, languages)
        else:
            kept.put(found, languages)
        run.note(batch, found)
        progress(len(run.done), len(run.asked))
    return run.outcome(calls, failure)


class _Run:
    """One run under way: what is asked about, by content, and what was answered."""

    def __init__(
        self, memories: Sequence[Memory | Asked], kept: KeptQueries, languages: tuple[str, ...]
    ) -> None:
        self.files: dict[str, list[str]] = {}
        self.asked: dict[str, Asked] = {}
        for item in memories:
            one = item if isinstance(item, Asked) else Asked(item, languages)
            key = kept.key(one.memory)
            self.files.setdefault(key, []).append(one.memory.file)
            self.asked.setdefault(key, one)
        self.tries = dict.fromkeys(self.asked, 0)
        self.done: dict[str, None] = {}
        self.described: dict[str, str] = {}

    def next(self) -> dict[str, Asked]:
        """The next batch: first those never asked about, then, in smaller ones, those that were missing."""
        for tried in range(TRIES):
            waiting = {k: a for k, a in self.asked.items() if self.tries[k] == tried and k not in self.done}
            if waiting:
                size = BATCH_MEMORIES if tried == 0 else BATCH_MEMORIES // 3
                return next(inquiry.batches(waiting, size))
        return {}

    def ask(
        self, batch: Mapping[str, Asked], provider: Provider, guard: Guard
    ) -> tuple[dict[str, tuple[str, ...]], ModelFailed | None]:
        """The queries of one batch by key, and the failure that ends the run, if any."""
        try:
            reply = provider.ask(inquiry.prompt(list(batch.values()), guard.redact), DEADLINE)
        except ModelFailed as error:
            return {}, error if error.slug not in ("bad-reply", "refused") else None
        keys = list(batch)
        found: dict[str, tuple[str, ...]] = {}
        for item in reply.data["memories"]:
            number = item.get("id") if isinstance(item, Mapping) else None
            if isinstance(number, int) and 1 <= number <= len(keys):
                key = keys[number - 1]
                queries = clean(item.get("prompts"), guard)
                if queries:
                    found.setdefault(key, queries)
                said = item.get("description")
                if isinstance(said, str) and batch[key].wants_description:
                    self.described.update(dict.fromkeys(self.files[key], said))
        return found, None

    def note(self, batch: Iterable[str], found: Iterable[str]) -> None:
        """A batch was asked about; one with an answer that cannot be read is tried again in smaller ones."""
        self.done |= dict.fromkeys(found)
        for key in batch:
            self.tries[key] += 1

    def outcome(self, calls: int, failure: ModelFailed | None) -> Enriched:
        """What became of every memory."""
        missed = [key for key in self.asked if key not in self.done and self.tries[key] >= TRIES]
        left = [key for key in self.asked if key not in self.done and self.tries[key] < TRIES]
        named = [tuple(f for key in keys for f in self.files[key]) for keys in (self.done, missed, left)]
        return Enriched(named[0], named[1], named[2], calls, failure, self.described)
