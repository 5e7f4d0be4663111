"""What a recall makes of time: in which order replaced and expired memories are told, and how each stands."""

from collections.abc import Callable

from memctl.domain.selection import Standing
from memctl.domain.times import last_day, write_second
from memctl.services.recall import hits
from memctl.services.recall.hits import Hit, Successors

Arrange = Callable[[list[Hit], Successors, float], list[Hit]]


def arrangement(query: str, *, holding: bool = False, bygone: bool = False) -> Arrange:
    """How to place what a query finds: with `holding` only what holds; else all, what was replaced after its
    successor, or, where the query asks about the past, by its own words. `bygone`: the moment itself is past,
    so that the tense says nothing."""
    if holding:
        return hits.current

    def arrange(found: list[Hit], successors: Successors, now: float) -> list[Hit]:
        """`hits.told` or `hits.past`. The query is read only when something found no longer holds,
        or perhaps does not."""
        if not bygone and any(hit.stale(now) or hit.perhaps for hit in found):
            from memctl.services.recall.tense import is_past

            if is_past(query):
                return hits.past(found, successors, now)
        return hits.told(found, successors, now)

    return arrange


def standing(hit: Hit, now: float, became: str = "") -> Standing:
    """How `hit` stands to `now`, in words and dates."""
    on = hit.replaced_on
    return Standing(
        hit.superseded or None,
        None if on is None else write_second(on)[:10],
        last_day(hit.expires) if hit.is_over(now) else None,
        hit.tier,
        hit.label(now),
        hit.perhaps or None,
        became,
    )
