"""Which memory a new fact comes after: what it replaces, or is written beside since that may not be
replaced."""

from dataclasses import replace

from memctl.domain.memory import Memory
from memctl.domain.proposal import Proposal, Target
from memctl.services.related import nearby
from memctl.services.related.claim import Claim, Statement
from memctl.services.related.protection import guards, overrules
from memctl.store.memory.memories import MemoryStore


def succeeding(store: MemoryStore, draft: Proposal, now: float, *, sure: bool = False) -> Proposal | None:
    """`draft`, a new fact, as what it is to the memories there: a `supersede` where it changes what one
    says, an `annotate` where that one must stand, or the draft is an exception to it; None where it is
    neither. With `sure` also where there is any doubt. The reason says which words tell."""
    found = next((one for one in nearby.of(store, stated(draft), now) if one.asks), None)
    if found is None or (sure and not (found.verdict.is_sure or found.verdict.relation == "protects")):
        return None
    target = Target(found.memory.stem, found.memory.fingerprint)
    why = draft.why or f"{found.name}: {found.verdict.why}"
    if found.verdict.relation == "replaces":
        return replace(draft, operation="supersede", targets=(target,), why=why)
    return beside(draft, found.memory, why)


def says_more(memory: Memory) -> bool:
    """Whether a memory has more than one paragraph: a reason, a second fact. Its text is changed then, and
    not the whole of it replaced."""
    return "\n\n" in memory.body.strip()


def beside(draft: Proposal, target: Memory, why: str) -> Proposal:
    """`draft` as a paragraph more of `target`, of which nothing changes."""
    return replace(
        draft,
        operation="annotate",
        name=target.stem,
        body=draft.fact,
        statement="",
        targets=(Target(target.stem, target.fingerprint),),
        why=why,
    )


def guarded(draft: Proposal, target: Memory) -> Proposal:
    """`draft`, which takes the place of `target`, or removes it; beside it where that is a rule which
    protects and the new text does not overrule it."""
    if draft.kind.removes or not draft.fact.strip():
        return draft
    lexicon = nearby.plain_lexicon()
    new, old = Claim(stated(draft), lexicon), Claim(Statement.of(target), lexicon)
    reason = guards(old)
    if not reason or overrules(new, old, explicit=new.has("ended")):
        return draft
    return beside(draft, target, f"{target.stem}: {reason}")


def stated(draft: Proposal) -> Statement:
    """What a draft says."""
    return Statement(draft.name, draft.description, draft.fact, draft.type, draft.origin, draft.created)
