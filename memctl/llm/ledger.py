"""What model calls cost: one JSON line per call in the state directory, and a cap on what a day may cost.

A line holds counts and names, never a word of a prompt or an answer. Costs are those that the provider
reports, else the tokens times the price table (`memctl/data/prices.json`); where neither is known the cost
is null and `stats` says of how many calls that is so.
"""

import contextlib
import json
import math
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any

from memctl.errors import MemctlError, ModelFailed
from memctl.llm import reported
from memctl.llm.provider import Prompt, Provider, Reply, Usage
from memctl.places import make_private, state_dir

_TAIL = 2 * 1024 * 1024
"""Bytes at the end of the ledger that are read to sum up a day: about 8,000 calls."""


_NOT_MADE = ("cap", "paused", "not-installed")
"""Failures of a provider that asked nobody."""


@dataclass(frozen=True)
class Entry:
    """One call."""

    at: float  # seconds since the epoch
    purpose: str  # "select", "enrich", "extract", "session"
    provider: str
    model: str | None
    usage: Usage
    cost: float | None  # US dollars; None when unknown
    outcome: str  # "ok" or the slug of the failure
    seconds: float


class Metered:
    """A provider whose calls are entered in the ledger and refused once the day's cap is spent.

    `cap` is in US dollars per local day, None for no cap. A failure to write the ledger never costs the
    answer.
    """

    def __init__(self, inner: Provider, cap: float | None = None) -> None:
        self._inner = inner
        self._cap = cap
        self.name = inner.name
        self.model = inner.model

    def warm(self) -> None:
        """See `Provider.warm`; raises ModelFailed (`cap`) when the day's cap is spent."""
        self._check()
        self._inner.warm()

    def ask(self, prompt: Prompt, deadline: float) -> Reply:
        """See `Provider.ask`; raises ModelFailed (`cap`) when the day's cap is spent."""
        self._check()
        started = time.monotonic()
        try:
            reply = self._inner.ask(prompt, deadline)
        except ModelFailed as error:
            if error.slug in _NOT_MADE:
                raise
            usage = getattr(error, "usage", None) or Usage()
            model = getattr(error, "model", None) or self.model
            self._enter(prompt, model, usage, error.slug, time.monotonic() - started)
            raise
        self._enter(prompt, reply.model or self.model, reply.usage, "ok", reply.seconds)
        return reply

    def _check(self) -> None:
        if self._cap is None:
            return
        try:
            spent = spent_today(time.time())
        except MemctlError as error:
            raise ModelFailed(f"{error.message}, so the cap cannot be kept", slug="cap") from error
        if spent >= self._cap:
            raise ModelFailed(
                f"today's model calls cost ${spent:.2f}, and the cap is ${self._cap:.2f}",
                slug="cap",
                hint="raise it with: memctl config set daily_cap_usd DOLLARS; or wait until tomorrow",
            )

    def _enter(self, prompt: Prompt, model: str | None, usage: Usage, outcome: str, seconds: float) -> None:
        with contextlib.suppress(Exception):  # a full disk, or figures of nonsense: the answer is there
            spent = cost(model, usage)
            append(
                Entry(time.time(), prompt.purpose, self.name, model, usage, spent, outcome, round(seconds, 3))
            )


def cost(model: str | None, usage: Usage) -> float | None:
    """US dollars of one call; None when neither the provider nor the price table knows."""
    if usage.cost is not None:
        return usage.cost
    rates = _rates(model or "")
    if rates is None:
        return None
    counts = (usage.input, usage.output, usage.cache_read, usage.cache_write)
    return round(sum(n * rate for n, rate in zip(counts, rates, strict=True)) / 1e6, 6)


def append(entry: Entry) -> None:
    """Add one line, in one write, to a file that only the user can read. Raises OSError."""
    make_private(state_dir())
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(_path(), flags, 0o600)
    try:
        os.write(handle, _encode(entry))
    finally:
        os.close(handle)


def entries(since: float = 0.0) -> Iterator[Entry]:
    """Every entry from `since` (seconds since the epoch) on, oldest first.

    Damaged lines are left out, and of the others the figures that cannot be: see `reported`.
    """
    for raw in _lines(whole=since <= 0):
        entry = _decode(raw)
        if entry is not None and entry.at >= since:
            yield entry


def spent_today(now: float) -> float:
    """US dollars of the known costs since midnight, local time.

    A call of the Anthropic API, or of an agent's own command line, whose model has no price counts at the
    dearest price, since a cap that an unknown model passes is none; the person's own `command` that reports
    no cost counts as free: it may be a model on this machine.
    """
    day = time.localtime(now)
    midnight = time.mktime((day.tm_year, day.tm_mon, day.tm_mday, 0, 0, 0, 0, 0, -1))
    return sum(_assumed(entry) for entry in entries(midnight))


def _assumed(entry: Entry) -> float:
    if entry.cost is not None:
        return entry.cost
    if entry.provider == "command":
        return 0.0
    counts = (entry.usage.input, entry.usage.output, entry.usage.cache_read, entry.usage.cache_write)
    dearest = [max(column) for column in zip(*(row[1:] for row in _table()), strict=True)]
    return float(sum(n * rate for n, rate in zip(counts, dearest, strict=True)) / 1e6)


def _rates(model: str) -> tuple[float, ...] | None:
    """The row whose prefix is the longest that `model` starts with; a provider's own prefix is cut off."""
    model = model.rsplit("/", 1)[-1].removeprefix("anthropic.")
    fitting = [row for row in _table() if model.startswith(row[0])]
    return tuple(max(fitting, key=lambda row: len(row[0]))[1:]) if fitting else None


def _table() -> list[list[Any]]:
    text = resources.files("memctl").joinpath("data", "prices.json").read_text(encoding="utf-8")
    rows: list[list[Any]] = json.loads(text)["prices"]
    return rows


def _path() -> str:
    return os.path.join(state_dir(), "ledger.jsonl")


def _encode(entry: Entry) -> bytes:
    usage = entry.usage
    record = {
        "at": round(entry.at, 3), "purpose": entry.purpose, "provider": entry.provider, "model": entry.model,
        "input": usage.input, "output": usage.output, "cache_read": usage.cache_read,
        "cache_write": usage.cache_write, "cost": entry.cost, "outcome": entry.outcome,
        "seconds": entry.seconds,
    }  # fmt: skip
    return (json.dumps(record, allow_nan=False) + "\n").encode()


def _decode(raw: bytes) -> Entry | None:
    try:
        r = json.loads(raw)
        usage = Usage(*(reported.count(r[key]) for key in ("input", "output", "cache_read", "cache_write")))
        words = [reported.name(r[key]) for key in ("purpose", "provider", "outcome")]
        at, seconds = float(r["at"]), float(r["seconds"])
        model, spent = reported.name(r["model"]), reported.cost(r["cost"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    purpose, provider, outcome = words
    if purpose is None or provider is None or outcome is None or not math.isfinite(at + seconds):
        return None
    return Entry(at, purpose, provider, model, usage, spent, outcome, seconds)


def _lines(whole: bool) -> list[bytes]:
    try:
        with open(_path(), "rb") as ledger:
            size = os.fstat(ledger.fileno()).st_size
            if not whole and size > _TAIL:
                ledger.seek(size - _TAIL)
                ledger.readline()
            return ledger.readlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise MemctlError(f"cannot read the ledger {_path()}: {error.strerror}") from error
