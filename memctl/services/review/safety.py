"""Which proposals may be accepted in bulk though nobody looked at them: those that are found, from the files
as they are, to lose nothing and to change nothing that a person would want to be asked about.

Nothing that a proposal says of itself counts: whether memories say the same, or one replaces the other, is
compared anew.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from memctl.domain import relation, times
from memctl.domain.memory import Memory
from memctl.domain.proposal import Proposal, weakest
from memctl.format import prose
from memctl.services.coverage.piece import same
from memctl.services.coverage.retention import EXACT, coverage
from memctl.services.inbox.content import Carrier, content
from memctl.services.related.claim import REASON, Statement
from memctl.services.related.nearby import Folder
from memctl.services.related.protection import guards
from memctl.services.related.sequence import follows
from memctl.services.review import loss
from memctl.services.review.plan import Planned
from memctl.store.memory.memories import MemoryStore
from memctl.text import similar


def safe(store: MemoryStore, offered: Iterable[Planned], now: float) -> frozenset[str]:
    """The ids of those proposals that are safe."""
    wanted = [planned for planned in offered if _may_be(planned)]
    if not wanted:
        return frozenset()
    with suppress(OSError), Folder(store, now) as folder:
        return frozenset(one.proposal.id for one in wanted if _is_safe(folder, one))
    return frozenset()


def _may_be(planned: Planned) -> bool:
    """What no verdict on texts can make safe is left out: removals, moves, what was changed or flagged, what
    touches a pinned memory."""
    proposal = planned.proposal
    kind = proposal.kind
    if planned.change is None or planned.stale or proposal.findings or not kind.writes:
        return False
    if kind.adds or kind.splits or kind.is_skill or not planned.before:
        return False
    return not any(memory.cut or memory.is_pinned for memory in planned.before.values())


def _is_safe(folder: Folder, planned: Planned) -> bool:
    targets = {memory.stem: memory for memory in planned.before.values()}
    if {target.name for target in planned.proposal.targets} != set(targets):
        return False
    if any(_protects(folder, memory) for memory in targets.values()) or loss.loses(planned):
        return False
    if planned.proposal.full:
        return True
    if not planned.proposal.kind.replaces:
        (target,) = targets.values()
        return _is_told_better(planned.proposal, target)
    if loss.rewords(planned):
        return _is_joined(folder, planned, list(targets.values()))
    return all(_replaces(folder, targets[t.by or planned.proposal.name], targets[t.name])
               for t in planned.proposal.targets if t.name != planned.proposal.name)  # fmt: skip


def _protects(folder: Folder, memory: Memory) -> bool:
    (claim,) = folder.claims([Statement.of(memory)])
    return bool(guards(claim))


def _replaces(folder: Folder, later: Memory, earlier: Memory) -> bool:
    """Whether one memory says, beyond doubt and later, what counts instead of another, and as long."""
    ends, ended = (times.end_of(memory.metadata.get("expires")) for memory in (later, earlier))
    lasts = ends == times.NEVER or times.NEVER < ended <= ends
    heard = relation.is_cold(earlier.metadata) or not relation.is_cold(later.metadata)
    if not (lasts and heard) or relation.superseded_by(later.metadata) or _is_weaker(later, earlier):
        return False
    sure = folder.verdict(earlier, later).is_sure and follows(later, earlier)
    return sure and _speaks_to_all(later, earlier)


def _is_weaker(later: Memory, earlier: Memory) -> bool:
    """Whether one memory rests on words that carry less than those of the other: what a file says takes
    the place of nothing that a person said."""
    mine, its = (str(memory.metadata.get("origin", "person")) for memory in (later, earlier))
    return mine != its and weakest((mine, its)) != its


def _speaks_to_all(later: Memory, earlier: Memory) -> bool:
    """Whether each sentence of the earlier memory shares a word with what the later one says; else it holds
    a second fact that nothing replaced. Its reason, under a heading of its own, goes where the fact goes."""
    answer = Carrier(loss.said(later))
    fact = REASON.split(earlier.body, maxsplit=1)[0]
    told = (content(said) for said in _sentences(fact))
    return all(not words or any(map(answer.carries, words)) for words in told)


def _speaks(memory: Memory) -> tuple[object, ...]:
    """What its header says of when it is shown: for how long, behind which, in which sessions."""
    head = memory.metadata
    end, successor = times.end_of(head.get("expires")), relation.superseded_by(head)
    return end, relation.is_cold(head), memory.type or "project", successor


def _is_joined(folder: Folder, planned: Planned, sources: Sequence[Memory]) -> bool:
    """Whether the sources say the same and are shown alike, and the result says nothing else."""
    if len({_speaks(memory) for memory in sources}) > 1 or relation.superseded_by(sources[0].metadata):
        return False
    (result,) = loss.results(planned)
    if (
        coverage(map(loss.said, sources), loss.said(result)).lost
        or coverage([loss.said(result)], "\n\n".join(map(loss.said, sources))).lost
    ):
        return False
    first, *others = sorted(sources, key=lambda memory: memory.stem != planned.proposal.name)
    return all(is_repeated(folder, first, other) and _is_part(first, other) for other in others)


def _is_part(one: Memory, other: Memory) -> bool:
    """Whether one of two memories says, sentence by sentence, all of the other. Where each has a sentence of
    its own ("Skip the canary", "Keep the canary"), a person has to see what it says."""
    mine, its = ({same(said) for said in _sentences(loss.said(memory))} for memory in (one, other))
    return mine <= its or its <= mine


def _sentences(text: str) -> Iterator[str]:
    for unit in prose.units(text):
        said = prose.plain(text[unit.start : unit.stop])
        for start, stop in prose.sentences(said):
            yield said[start:stop].rstrip(".。 ")


def is_repeated(folder: Folder, one: Memory, other: Memory) -> bool:
    """Whether two memories say the same: no number, name in code or negation that only one of them has."""
    earlier, later = sorted((one, other), key=lambda memory: (memory.modified, memory.file))
    relation = folder.verdict(earlier, later).relation
    if relation not in ("repeats", "none"):
        return False
    if relation == "none" and not similar.near(
        one.description, one.body, [(other.stem, other.description, other.body)]
    ):
        return False
    lost = (
        coverage([loss.said(one)], loss.said(other)).lost + coverage([loss.said(other)], loss.said(one)).lost
    )
    return not any(kind in EXACT for kind, _ in lost)


def _is_told_better(proposal: Proposal, target: Memory) -> bool:
    """Whether a text changes in its description alone, which says nothing that the text does not, and in
    relative dates, as the day on which it was said means them."""
    dated = loss.with_dates(target)
    if proposal.body not in (target.body, dated.body):
        return False
    described = proposal.description
    if described in (target.description, dated.description):
        return True
    return not coverage([described], loss.said(replace(target, body=proposal.body))).lost
