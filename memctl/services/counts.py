"""Counts of one memory directory, and what model calls have cost."""

from collections import Counter
from typing import Any

from memctl.domain.relation import header_stale
from memctl.format import drift
from memctl.llm import ledger
from memctl.services.recall.queries import KeptQueries
from memctl.services.tiers import census
from memctl.store.memory.memories import MemoryStore

_DAY = 86_400.0


def counts(store: MemoryStore, now: float) -> dict[str, Any]:
    """Memories by type, ages in days, what is stale, enriched or damaged, and the index's size."""
    memories, problems = store.memories()
    kept = KeptQueries(store.directory)
    kept.look_for(map(kept.key, memories))
    size = drift.budget(store.index_text() or "")
    ages = sorted(max(0.0, now - m.modified) / _DAY for m in memories)
    return {
        "directory": store.directory,
        "memories": len(memories),
        "tiers": dict(Counter(census.tiers(store, [m.file for m in memories]).values())),
        "types": dict(Counter(m.type or "none" for m in memories)),
        "stale": sum(bool(header_stale(m.metadata, now)) for m in memories),
        "enriched": sum(bool(kept.of(m)) for m in memories),
        "with_warnings": sum(bool(m.warnings) for m in memories),
        "unreadable": len(problems),
        "bytes": sum(len(m.raw) for m in memories),
        "median_age_days": int(ages[len(ages) // 2]) if ages else None,
        "index": {"lines": size.lines, "bytes": size.bytes, "over_budget": size.cut_line is not None},
    }


def cost(now: float, days: int) -> dict[str, Any]:
    """Calls, tokens and US dollars of the last `days` days, in all and by purpose."""
    entries = list(ledger.entries(now - days * _DAY))
    purposes = sorted({e.purpose for e in entries})
    return {
        "days": days,
        **_sum(entries),
        "today_usd": round(ledger.spent_today(now), 6),
        "by_purpose": {p: _sum([e for e in entries if e.purpose == p]) for p in purposes},
    }


def _sum(entries: list[ledger.Entry]) -> dict[str, Any]:
    return {
        "calls": len(entries),
        "input_tokens": sum(e.usage.input for e in entries),
        "output_tokens": sum(e.usage.output for e in entries),
        "usd": round(sum(e.cost or 0.0 for e in entries), 6),
        "unknown_price": sum(e.cost is None for e in entries),
    }
