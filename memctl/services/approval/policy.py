"""Which proposals may be accepted without asking: the user's own config, within limits that it cannot lift.

`[approval]` in `config.toml` maps "type.origin.operation" to `ask` (the default for everything) or `auto`;
`*` stands for any word. What is not the person's own statement, a delete, and anything that the guard flagged
is always asked about, whatever the config says.
"""

from collections.abc import Mapping

from memctl.domain.proposal import Proposal
from memctl.services.extraction import checks

STATED = 0.6
"""Share of the body's words that must stand in the quotes for a model's proposal to count as stated by the
person: the rest is headings and connecting words, not facts of its own."""


UNTOLD = ("text", "messages", "specstory")
"""Formats in which anything that looks like a speaker's mark is one: who spoke cannot be told for certain."""


def decide(proposal: Proposal, approval: Mapping[str, str]) -> str:
    """`auto` or `ask` for `proposal` under the user's `approval` table."""
    if proposal.origin != "person" or proposal.source in UNTOLD:
        return "ask"
    if proposal.operation == "delete" or proposal.findings:
        return "ask"
    if proposal.operation == "supersede" and proposal.engine == "llm":
        return "ask"
    if not is_stated(proposal):
        return "ask"
    words = (proposal.type, proposal.origin, proposal.operation)
    matching = [(key, verdict) for key, verdict in approval.items() if _fits(key.split("."), words)]
    if not matching:
        return "ask"
    return min(matching, key=lambda item: item[0].count("*"))[1]


def _fits(key: list[str], words: tuple[str, ...]) -> bool:
    return len(key) == len(words) and all(part in ("*", word) for part, word in zip(key, words, strict=True))


def is_stated(proposal: Proposal) -> bool:
    """Whether the words of the memory are the person's: taken from the quotes, not added by a model."""
    text = proposal.statement or proposal.body
    words = checks.plain(text).replace("**why:**", "").replace("**how to apply:**", "").split()
    quoted = checks.plain(" ".join(e.quote for e in proposal.evidence))
    if proposal.engine == "rules" or not words:
        return bool(words)
    return sum(word.strip(".,;:!?()") in quoted for word in words) / len(words) >= STATED
