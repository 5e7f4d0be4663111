"""Anticipated queries: have a model write, once per content, the prompts in which a memory would help.

The lexical selector compares words, and a person in need of a memory seldom uses its words. A model reads
each memory once (its body is sent here, unlike in a recall; secrets are replaced before) and writes about
six prompts in the person's words. They are kept by content fingerprint in the state directory, batch by
batch, so that an interrupted run goes on where it stopped.
"""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from memctl.domain.memory import Memory
from memctl.errors import ModelFailed
from memctl.llm import prompts
from memctl.llm.provider import Prompt, Provider
from memctl.services.recall.queries import KeptQueries
from memctl.text.escape import hidden

BODY_MAX = 4_000
"""Characters of one body that are sent: its head and tail; nine of ten memories are shorter."""

BATCH_MEMORIES = 15
BATCH_CHARS = 26_000
"""One request: enough memories that the instructions cost little, few enough that the answer is not cut."""

QUERIES_MAX = 8
QUERY_MAX = 200
"""Kept per memory, and characters of each; about six short ones are asked for."""

DEADLINE = 180.0
"""Seconds that one request may take."""

TRIES = 2
"""Requests in which a memory is sent before it is reported as missed."""

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True)
class Guard:
    """The guard's rules: `redact` replaces secrets in a text, `refuses` that a query must not be kept."""

    redact: Callable[[str], str]
    refuses: Callable[[str], bool]


@dataclass(frozen=True)
class Enriched:
    """What a run did. `failure` is why it ended early; a further run goes on from there."""

    done: tuple[str, ...] = ()  # files that have queries now
    missed: tuple[str, ...] = ()  # files for which the model wrote nothing usable
    left: tuple[str, ...] = ()  # files not asked about, because the run ended early
    calls: int = 0
    failure: ModelFailed | None = None


def guard() -> Guard:
    """The guard's own rules: a query with a secret or with suspicious wording is not kept."""
    from memctl.services import guard as rules

    def refuses(query: str) -> bool:
        return any(f.severity == "error" or f.id.startswith("wording") for f in rules.check_text(query))

    return Guard(rules.redact, refuses)


def missing(memories: Iterable[Memory], kept: KeptQueries) -> list[Memory]:
    """The memories whose content has no anticipated queries yet."""
    return [memory for memory in memories if not kept.has(kept.key(memory))]


def enrich(
    memories: Sequence[Memory],
    provider: Provider,
    kept: KeptQueries,
    guard: Guard,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Enriched:
    """Write queries for `memories`, whether they have some or not; call `missing` first to leave those out.

    Memories of the same content are asked about once. `progress` is given how many contents are done, of how
    many. A failing provider ends the run, and what was answered until then is kept.
    """
    files: dict[str, list[str]] = {}
    by_key: dict[str, Memory] = {}
    for memory in memories:
        key = kept.key(memory)
        files.setdefault(key, []).append(memory.file)
        by_key.setdefault(key, memory)
    tries = dict.fromkeys(by_key, 0)
    done: dict[str, None] = {}
    calls = 0
    failure: ModelFailed | None = None
    while failure is None and (batch := _next(by_key, tries, done)):
        calls += 1
        found, failure = _ask(batch, provider, guard)
        kept.put(found)
        done |= dict.fromkeys(found)
        for key in batch:
            # a batch with an answer that cannot be read is tried again in smaller ones
            tries[key] += 1
        progress(len(done), len(by_key))
    missed = [key for key in by_key if key not in done and tries[key] >= TRIES]
    left = [key for key in by_key if key not in done and tries[key] < TRIES]
    named = [tuple(file for key in keys for file in files[key]) for keys in (done, missed, left)]
    return Enriched(named[0], named[1], named[2], calls, failure)


def batches(memories: Mapping[str, Memory], size: int = BATCH_MEMORIES) -> Iterator[dict[str, Memory]]:
    """`memories` cut into batches of at most `size` memories and BATCH_CHARS characters."""
    batch: dict[str, Memory] = {}
    chars = 0
    for key, memory in memories.items():
        long = min(len(memory.body), BODY_MAX) + len(memory.description)
        if batch and (len(batch) >= size or chars + long > BATCH_CHARS):
            yield batch
            batch, chars = {}, 0
        batch[key] = memory
        chars += long
    if batch:
        yield batch


def prompt(batch: Mapping[str, Memory], redact: Callable[[str], str]) -> Prompt:
    """The request for one batch: each memory in its own fence, numbered from 1, secrets replaced."""
    blocks = []
    for number, memory in enumerate(batch.values(), 1):
        head = f"{prompts.line(redact(memory.name))} ({memory.type or 'memory'})"
        says = prompts.line(redact(memory.description))
        body = prompts.block(prompts.clip(redact(_text(memory)), BODY_MAX))
        blocks.append(prompts.fence(f"memory-{number}", f"{head}\n{says}\n\n{body}"))
    return prompts.enrich("\n\n".join(blocks))


def _text(memory: Memory) -> str:
    """The body without its HTML comments, which no reader of the page sees: banners would crowd out the rest.

    Clipped before the secrets are looked for, since a body may be megabytes, but so wide that none is cut in
    two where it would then be sent.
    """
    return _COMMENT.sub("", prompts.clip(memory.body, 8 * BODY_MAX)).strip()


def _next(
    memories: Mapping[str, Memory], tries: Mapping[str, int], done: Container[str]
) -> dict[str, Memory]:
    """The next batch: first those never asked about, then, in smaller batches, those that were missing."""
    for tried in range(TRIES):
        waiting = {k: m for k, m in memories.items() if tries[k] == tried and k not in done}
        if waiting:
            return next(batches(waiting, BATCH_MEMORIES if tried == 0 else BATCH_MEMORIES // 3))
    return {}


def _ask(
    batch: Mapping[str, Memory], provider: Provider, guard: Guard
) -> tuple[dict[str, tuple[str, ...]], ModelFailed | None]:
    """The queries of one batch by key, and the failure that ends the run, if any."""
    try:
        reply = provider.ask(prompt(batch, guard.redact), DEADLINE)
    except ModelFailed as error:
        return {}, error if error.slug not in ("bad-reply", "refused") else None
    keys = list(batch)
    found: dict[str, tuple[str, ...]] = {}
    for item in reply.data["memories"]:
        number = item.get("id") if isinstance(item, Mapping) else None
        if isinstance(number, int) and 1 <= number <= len(keys):
            queries = clean(item.get("prompts"), guard)
            if queries:
                found.setdefault(keys[number - 1], queries)
    return found, None


def clean(given: object, guard: Guard) -> tuple[str, ...]:
    """What may be kept of a model's queries: short lines without hidden characters, secrets or twins."""
    kept: dict[str, str] = {}
    for item in given if isinstance(given, list) else []:
        query = " ".join(item.split()) if isinstance(item, str) else ""
        if not query or hidden(query) or guard.redact(query) != query or guard.refuses(query):
            continue
        if len(query) > QUERY_MAX:
            query = query[:QUERY_MAX].rsplit(" ", 1)[0]
        kept.setdefault(query.casefold(), query)
    return tuple(kept.values())[:QUERIES_MAX]
