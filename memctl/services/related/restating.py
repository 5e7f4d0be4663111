"""Which memories a new statement says again in other words: told, never refused, since words do not tell
that two texts mean the same."""

from collections.abc import Collection, Sequence

from memctl.domain.memory import Memory
from memctl.services.related.claim import Claim, Statement
from memctl.services.related.nearby import Folder, Related
from memctl.services.related.verdict import Verdict

AGAIN = 0.5
"""Part of the words of two statements, by weight, that both say. Tuned on three folders of other people (none
of 112 memories said another one again) and 20 pairs of our own (all); on four other folders none of 314 do,
and of two notes of chats, whose facts are drawn from the same turns again and again, 50 of 403."""

SHARED_MIN = 3
"""Words that both must say: two may be all of a short statement and its subject alone."""


def restated(
    folder: Folder, new: Statement, near: Sequence[Memory], told: Collection[Related]
) -> list[Related]:
    """Those of `near` that `new` says again, the nearest first, but for those of which is `told` already that
    they stand otherwise to it."""
    known = {one.memory.file for one in told}
    rest = [memory for memory in near if memory.file not in known]
    if not rest:
        return []
    (claim,) = folder.claims([new], counted=False)
    there = zip(rest, folder.claims([Statement.of(memory) for memory in rest]), strict=True)
    shares = sorted(((_share(claim, old), memory) for memory, old in there), key=lambda one: -one[0])
    said = Verdict("repeats", "says nearly the same in other words")
    return [Related(memory, said) for share, memory in shares if share >= AGAIN]


def _share(new: Claim, old: Claim) -> float:
    both = new.told_words & old.told_words
    if len(both) < SHARED_MIN:
        return 0.0
    return new.weight(both) / new.weight(new.told_words | old.told_words)
