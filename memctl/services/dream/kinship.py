"""What two or more memories are to each other: one replaces another, they say the same, they disagree."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from memctl.domain import relation, times
from memctl.domain.memory import Memory
from memctl.domain.proposal import KINDS, Proposal
from memctl.format import prose
from memctl.services.coverage.retention import coverage
from memctl.services.dream import drafts
from memctl.services.dream.survey import Survey
from memctl.services.related import conflicts
from memctl.services.related.claim import Statement
from memctl.services.related.conflicts import Conflict, is_linked
from memctl.services.related.nearby import Folder
from memctl.services.related.sequence import follows
from memctl.services.review.loss import said
from memctl.services.review.safety import is_repeated

TELLING_MAX = 300
"""Memories that say that something ended, the newest, of which all that is near is read: 20 each."""

MEMBERS_MAX = KINDS["supersede"].targets[1]


def found(survey: Survey, folder: Folder) -> Iterator[Proposal]:
    """Drafts about several memories, the most certain first."""
    pairs, searched = _pairs(survey, folder)
    same = [p for p in pairs if is_repeated(folder, p.later, p.earlier)]
    _passed(survey, pairs, same)
    _searched(survey, searched)
    sure = [p for p in pairs if p.verdict.is_sure and follows(p.later, p.earlier)]
    yield from _replaced(sure)
    yield from _merged(same)
    yield from _replaced([p for p in pairs if p.verdict.relation == "replaces"])
    for pair in pairs:
        if pair.verdict.disagrees and pair.verdict.relation != "replaces":
            yield drafts.compared(pair.later, pair.earlier, f"{pair.earlier.stem}: {pair.verdict.why}")


def _pairs(survey: Survey, folder: Folder) -> tuple[list[Conflict], list[tuple[Memory, list[Memory]]]]:
    """What shares words of a header; and what says that something ended with all that is near to it, since
    that may be called otherwise. Only of what is open: the rest need not be compared. And what was searched
    for on the way, with all that was there."""
    searched = _ended(survey, folder)
    near = [*conflicts.pairs(folder), *((later, one) for later, found in searched for one in found)]
    open_ = {(a.file, b.file): (a, b) for a, b in near if _is_open(survey, a, b)}
    folder.claims([Statement.of(memory) for pair in open_.values() for memory in pair])  # cut at once
    told = survey.told("compared {} of {} pairs of memories", list(open_.values()))
    return [Conflict(later, one, folder.verdict(one, later)) for later, one in told], searched


def _ended(survey: Survey, folder: Folder) -> list[tuple[Memory, list[Memory]]]:
    """What says that something ended, each with what is near to it and was said before; not what was
    searched for before."""
    current = survey.current()
    claims = folder.claims([Statement.of(memory) for memory in current])
    telling = [m for m, claim in zip(current, claims, strict=True) if claim.ends][:TELLING_MAX]
    new = [m for m in telling if not survey.compared.holds(m.fingerprint, "")]
    found = []
    for later in survey.told("searched for {} of {} endings", new):
        near = folder.near(Statement.of(later), (later.file,))
        found.append((later, [memory for memory in near if follows(later, memory)]))
    return found


def _is_open(survey: Survey, one: Memory, other: Memory) -> bool:
    if not (survey.may(one) and survey.may(other)) or is_linked(one, other):
        return False
    return not (survey.are_settled(one, other) or survey.compared.holds(one.fingerprint, other.fingerprint))


def _passed(survey: Survey, pairs: Sequence[Conflict], same: Sequence[Conflict]) -> None:
    """Remember the pairs of which nothing came."""
    repeated = {(pair.later.file, pair.earlier.file) for pair in same}
    for pair in pairs:
        says = pair.verdict.disagrees or pair.verdict.relation == "replaces"
        if not says and (pair.later.file, pair.earlier.file) not in repeated:
            survey.compared.add(pair.later.fingerprint, pair.earlier.fingerprint)


def _searched(survey: Survey, found: Sequence[tuple[Memory, list[Memory]]]) -> None:
    """Remember what needs no search any more: nothing near to it was said before that something could come
    of. What is written later replaces it, not the other way round."""
    for later, near in found:
        if all(survey.may(earlier) and not _is_open(survey, later, earlier) for earlier in near):
            survey.compared.add(later.fingerprint, "")


def _replaced(pairs: Sequence[Conflict]) -> Iterator[Proposal]:
    """A draft for each newest memory with all that it replaced, step by step: of several that replace one,
    the first to come did."""
    by: dict[str, Conflict] = {}
    for pair in sorted(pairs, key=lambda p: (p.later.modified, p.later.file)):
        by.setdefault(pair.earlier.file, pair)
    trees: dict[str, list[Conflict]] = defaultdict(list)
    for pair in by.values():
        newest = pair.later.file
        while newest in by:
            newest = by[newest].later.file
        trees[newest].append(pair)
    for newest, steps in trees.items():
        steps = sorted(steps, key=lambda p: -p.earlier.modified)[: MEMBERS_MAX - 1]
        root = next(p.later for p in steps if p.later.file == newest)
        why = "; ".join(f"{p.later.stem} {p.verdict.why}, over {p.earlier.stem}" for p in steps)
        successors = {p.earlier.stem: p.later.stem for p in steps}
        yield drafts.replaced(root, successors, [root, *(p.earlier for p in steps)], why)


def _merged(pairs: Sequence[Conflict]) -> Iterator[Proposal]:
    """A draft for each group of memories of which each says what the one that is kept says."""
    near: dict[str, dict[str, Memory]] = defaultdict(dict)
    for pair in pairs:
        for one, other in ((pair.later, pair.earlier), (pair.earlier, pair.later)):
            near[one.file] |= {one.file: one, other.file: other}
    done: set[str] = set()
    for file, group in sorted(near.items(), key=lambda item: (-len(item[1]), item[0])):
        members = [memory for name, memory in group.items() if name not in done]
        if file in done or len(members) < 2:
            continue
        draft = joined(group[file], [m for m in members if m.file != file][: MEMBERS_MAX - 1])
        if draft is not None:
            done |= {memory.file for memory in members}
            yield draft


def joined(hub: Memory, others: Sequence[Memory]) -> Proposal | None:
    """One of some memories that say the same, with what the others alone say; None where that would merge
    what was merged before."""
    members = [hub, *others]
    kept = min(members, key=lambda m: (*_silence(m), _lacks(m, members), -m.modified, m.file))
    rest = [memory for memory in members if memory is not kept]
    body = with_rest(kept, rest)
    if body != kept.body and any("mergedFrom" in memory.metadata for memory in members):
        return None
    why = f"{', '.join(memory.stem for memory in rest)} and {kept.stem} say the same"
    return drafts.merged(kept, rest, kept.description, body, why)


def _silence(memory: Memory) -> tuple[bool, float]:
    """The more, the sooner a memory is not shown any more: such a one says nothing in place of others."""
    end = times.end_of(memory.metadata.get("expires"))
    return relation.is_cold(memory.metadata), 0.0 if end == times.NEVER else 1.0 / end


def _lacks(memory: Memory, members: Sequence[Memory]) -> int:
    return len(coverage(map(said, members), said(memory)).lost)


def with_rest(kept: Memory, rest: Sequence[Memory]) -> str:
    """The body of `kept` with each part of the others that says what it does not."""
    body = kept.body
    for memory in rest:
        parts = [memory.body[unit.start : unit.stop].strip("\n") for unit in prose.units(memory.body)]
        for part in (*parts, memory.description):
            if part.strip() and coverage([part], f"{kept.description}\n\n{body}").lost:
                body = f"{prose.closed(body).rstrip()}\n\n{part}\n"
    return body
