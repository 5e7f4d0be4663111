"""The verb that lists the headers of memories."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli.options import AsOfOption, FailEmptyOption, Print0Option, Type, TypeOption
from memctl.cli.output import counted
from memctl.cli.query import moment
from memctl.cli.run import Run, verb
from memctl.domain.times import last_day
from memctl.errors import UsageError

if TYPE_CHECKING:
    from memctl.domain.selection import Standing
    from memctl.services.recall.hits import Hit

    _Found = tuple[list[Hit], list[tuple[str, str]], Mapping[str, str], int]


Sort = StrEnum("Sort", ["modified", "name", "type"])
"""Orders of `list`."""

Tier = StrEnum("Tier", ["hot", "warm", "cold"])
"""What `list` may be asked for: in the index, found by recall, archived."""


@verb
def list_(
    run: Run,
    type_: TypeOption = None,
    stale: Annotated[
        bool, typer.Option("--stale", help="Only what is expired, superseded, or has changed evidence.")
    ] = False,
    tier: Annotated[Tier | None, typer.Option("--tier", help="Only memories of this tier.")] = None,
    sort: Annotated[
        Sort | None, typer.Option("--sort", help="Order; by default pinned first, then the newest.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", "-n", min=0, help="At most this many.")] = None,
    as_of: AsOfOption = None,
    print0: Print0Option = False,
    fail_empty: FailEmptyOption = False,
) -> None:
    """List the memories of this project: pinned ones first, then the newest.

    On a terminal the first column says what is not as usual: replaced, expired, changed or gone evidence,
    expiring, pinned, waiting (for a verdict), warm, cold.
    """
    from memctl.services.recall import overview, timeline

    then = _moment(run, as_of, tier)
    run.repair()
    whole = limit is None or stale or tier is not None or then is not None
    found, problems, became, count = _headers(run, then) if whole else _first(run, limit or 0, sort, type_)
    now = run.now if then is None else then
    found = overview.ordered([m for m in found if type_ is None or m.type == type_.value], sort)
    found = found if tier is None else _in_tier(run, found, tier)
    found = found if stale else found[:limit]
    states = {} if then is not None else _states(run, found)
    reasons = {m.file: _stale(m.stale(now), states.get(m.file, "")) for m in found}
    if stale:
        found = [m for m in found if reasons[m.file]]
    standing = {m.file: timeline.standing(m, now, became.get(m.file, "")) for m in found}
    tiers = {} if then is not None else _tiers(run, found[:limit])
    absent = _absent(run, count, then, type_, tier, stale=stale)
    shown = _Shown(found[:limit], states, reasons, standing, tiers, absent if limit != 0 else "", then)
    run.page()
    _print0(run, shown) if print0 else _print_list(run, shown, problems)
    run.found(shown.memories, fail_empty)


def _states(run: Run, found: "list[Hit]") -> Mapping[str, str]:
    """What became of the evidence of each, by file."""
    from memctl.services.evidence import changed

    return changed.states(run.directory, [m.file for m in found], run.place.root)


def _print0(run: Run, shown: "_Shown") -> None:
    paths = (os.fsencode(os.path.join(run.directory, m.file)) for m in shown.memories)
    run.out.raw(b"".join(path + b"\0" for path in paths))


def _headers(run: Run, then: float | None) -> "_Found":
    """Every header, what cannot be read, of headers as they were `then` what became of each file, and how
    many there are."""
    from memctl.services.recall import overview

    if then is None:
        found, problems = overview.headers(run.directory, now=run.now, progress=run.out.progress)
        return found, problems, {}, len(found)
    found, became = overview.headers_then(run.directory, then)
    return found, [], became, len(found)


def _first(run: Run, limit: int, sort: Sort | None, type_: Type | None) -> "_Found":
    """As `_headers`, the first `limit` alone of those of a type."""
    from memctl.services.recall import overview

    wanted = None if type_ is None else type_.value
    found, problems, count = overview.first(
        run.directory, limit, sort, wanted, now=run.now, progress=run.out.progress
    )
    return found, problems, {}, count


def _moment(run: Run, as_of: str | None, tier: Tier | None) -> float | None:
    """As of when is listed; None: now. Raises UsageError, also for a tier of then, which is not kept."""
    then = moment(as_of, run.now)
    if then is not None and tier is not None:
        raise UsageError("--tier says where memories are now, and --as-of asks about then", hint="give one")
    return then


def _in_tier(run: Run, found: "list[Hit]", tier: Tier) -> "list[Hit]":
    """Those of `found` that are in `tier`."""
    tiers = _tiers(run, found)
    return [m for m in found if tiers[m.file] == tier.value]


def _tiers(run: Run, found: "list[Hit]") -> Mapping[str, str]:
    """The tier of each by its file, for which its header is read."""
    from memctl.services.tiers import census

    return census.tiers(run.store, [m.file for m in found])


def _absent(
    run: Run, count: int, then: float | None, type_: Type | None, tier: Tier | None, *, stale: bool
) -> str:
    """Why nothing is listed: of `count` memories none is what was asked for, or there is none at all."""
    asked = [f"of type {type_.value}"] if type_ else []
    asked += [tier.value] if tier else []
    asked += ["stale"] if stale else []
    if count and asked:
        is_ = "is" if then is None else "was"
        return f"none of {counted(count, 'memory', 'memories')} {is_} {' and '.join(asked)}"
    return "no memory was there then" if then is not None else NOTHING + _missing(run)


def _missing(run: Run) -> str:
    """That the folder a person named is not there at all: it may be a slip."""
    named = next((rule.name for rule in run.place.rules if rule.matched and not rule.by_slug), "")
    gone = named and not os.path.isdir(run.directory)
    return f"; {named} names {run.directory}, which is not there" if gone else ""


NOTHING = "no memories here yet; `memctl save TEXT` writes one"
"""What `list` says of an empty directory."""


def _stale(over: str, state: str) -> str:
    """Why a memory should no longer be relied on, or ""."""
    return over or {"changed": "its evidence changed", "gone": "its evidence is gone"}.get(state, "")


@dataclass(frozen=True)
class _Shown:
    """What is listed, and what there is to say of each file."""

    memories: "Sequence[Hit]"
    states: Mapping[str, str]  # of evidence
    reasons: Mapping[str, str]  # why it should no longer be relied on
    standing: "Mapping[str, Standing]"
    tiers: Mapping[str, str]  # none of a moment that is past
    absent: str  # why nothing is listed, where nothing is
    then: float | None  # as of when


def _print_list(run: Run, shown: _Shown, problems: Sequence[tuple[str, str]]) -> None:
    from memctl.cli.show.selections import day, say_became

    memories = shown.memories
    if run.out.json:
        _print_json(run, shown, problems)
    else:
        _print_lines(run, shown)
    if shown.then is not None and not run.out.json:
        run.out.note(f"as of {day(shown.then)}")
        say_became(run, {m.file: shown.standing[m.file].became for m in memories}, shown.then)
    for memory in memories:
        run.out.warn_all(f"{memory.file}: {text}" for text in memory.warnings)
    run.out.warn_all(f"{file} {message}" for file, message in problems)
    if not memories and shown.absent and not run.out.json:
        run.out.note(shown.absent)
    if run.out.on_terminal:
        _say_waiting(run)


def _print_lines(run: Run, shown: _Shown) -> None:
    if run.out.on_terminal:
        from memctl.cli.show.tables import memory_table

        marks = _marks(run, shown)
        notes = {m.file: _note(run, m, shown, marks[m.file][1:]) for m in shown.memories}
        first = {file: words[0] for file, words in marks.items() if words}
        memory_table(run.out, shown.memories, run.now, notes, first)
        return
    for memory in shown.memories:
        run.out.line(os.path.join(run.directory, memory.file))


def _note(run: Run, memory: "Hit", shown: _Shown, also: Sequence[str]) -> str:
    """What replaced it, when it expired or will, or what became of its evidence, in words; then what else is
    not as usual, but for the tier of what no longer holds."""
    ends = f"until {last_day(memory.expires)}" if memory.expires and not memory.is_over(run.now) else ""
    said = shown.standing[memory.file].label or shown.reasons[memory.file]
    more = [word for word in also if not said or word in ("waiting", "pinned")]
    return ", ".join(word for word in (said or ends, *more) if word and word != "expiring")


def _marks(run: Run, shown: _Shown) -> dict[str, list[str]]:
    """File -> what is not as usual about it, in words."""
    from memctl.services.recall import flags

    files = [m.file for m in shown.memories]
    held = [] if shown.then is not None else files  # what was pinned or waited then is not kept
    pinned, waiting = flags.pinned(run.directory, held), flags.waiting(run.directory, held)
    return {m.file: _words(run, m, shown, m.file in pinned, m.file in waiting) for m in shown.memories}


def _words(run: Run, memory: "Hit", shown: _Shown, pinned: bool, waiting: bool) -> list[str]:
    """What is not as usual about a memory, each in a word, the weightiest first."""
    standing, evidence = shown.standing[memory.file], shown.states.get(memory.file, "")
    tier = shown.tiers.get(memory.file, "hot")
    told = {
        "replaced": standing.superseded_by,
        "expired": standing.expired,
        evidence: evidence in ("changed", "gone"),
        "waiting": waiting,
        "expiring": memory.expires and not memory.is_over(run.now),
        "pinned": pinned,
        tier: tier != "hot",
    }
    return [word for word, is_so in told.items() if is_so]


def _print_json(run: Run, shown: _Shown, problems: Sequence[tuple[str, str]]) -> None:
    from memctl.cli.show.documents import memory_object, standing_keys, when
    from memctl.services.recall import flags

    files = [m.file for m in shown.memories] if shown.then is None else []
    pinned, waiting = flags.pinned(run.directory, files), flags.waiting(run.directory, files)
    objects = [
        memory_object(
            run,
            m,
            stale=shown.reasons[m.file] or None,
            evidence=shown.states.get(m.file),
            expires=last_day(m.expires) if m.expires else None,
            pinned=m.file in pinned,
            waiting=waiting.get(m.file, []),
            **{**standing_keys(shown.standing[m.file]), "tier": shown.tiers.get(m.file)},
        )
        for m in shown.memories
    ]
    odd = [{"file": file, "message": message} for file, message in problems]
    as_of = {} if shown.then is None else {"as_of": when(shown.then)}
    run.out.document({"directory": run.directory, **as_of, "memories": objects, "problems": odd})


def _say_waiting(run: Run) -> None:
    """That proposals wait for the person, who would else not think of them."""
    from memctl.services.context import reminders

    count = reminders.waiting(run.directory)
    if count:
        run.remind(
            "proposals", f"{count} {'proposal waits' if count == 1 else 'proposals wait'}: memctl review"
        )
