"""Which proposals may be accepted without asking: the user's own config, within limits that it cannot lift.

`[approval]` in `config.toml` maps "type.origin.operation" to `ask` (the default for everything) or `auto`;
`*` stands for any word, the key with the fewest counts, and `ask` where two count alike. What is not the
person's own statement word for word, a delete, what the rules put in the place of another memory, and
anything that the guard flags is always asked about, whatever the config says.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date

from memctl.domain.proposal import Proposal, is_guessed
from memctl.domain.transcript import Turn
from memctl.services import guard
from memctl.services.inbox.provenance import plain
from memctl.services.learn import rules, statement

UNTOLD = ("text", "messages", "specstory")
"""Formats in which anything that looks like a speaker's mark is one: who spoke cannot be told for certain."""


def decide(proposal: Proposal, approval: Mapping[str, str]) -> str:
    """`auto` or `ask` for `proposal` under the user's `approval` table."""
    if not approval or not _may_pass(proposal):
        return "ask"
    words = (proposal.type, proposal.origin, proposal.operation)
    matching = [(key, verdict) for key, verdict in approval.items() if _fits(key.split("."), words)]
    closest = min((key.count("*") for key, _ in matching), default=0)
    verdicts = {verdict for key, verdict in matching if key.count("*") == closest}
    return "auto" if verdicts == {"auto"} else "ask"


def _may_pass(proposal: Proposal) -> bool:
    """Whether the config may say anything about it at all."""
    if proposal.origin != "person" or proposal.source in UNTOLD:
        return False
    if not proposal.kind.unasked or proposal.findings or is_guessed(proposal):
        return False
    return is_stated(proposal) and not _is_flagged(proposal)


def _fits(key: list[str], words: tuple[str, ...]) -> bool:
    return len(key) == len(words) and all(part in ("*", word) for part, word in zip(key, words, strict=True))


def _is_flagged(proposal: Proposal) -> bool:
    """Whether the guard says anything now of what would be written, whatever it said then."""
    texts = (("body", proposal.body), ("description", proposal.description))
    return any(guard.check_text(text, where=where) for where, text in texts)


def is_stated(proposal: Proposal) -> bool:
    """Whether name, description and body are the person's words, found by the rules and not by a model.

    Each part either is what the rules make of a quote alone, or stands in one quote in one piece, with
    nothing around it that could turn its sense.
    """
    parts = _parts(proposal.fact)
    if proposal.engine != "rules" or not parts or not proposal.description.strip():
        return False
    quotes = [e.quote for e in proposal.evidence]
    made = [statement for quote in quotes for statement in _made(quote, proposal.created)]
    said = {plain(part) for m in made for part in _parts(statement.body(m))}
    described = {plain(statement.description(m)) for m in made}
    return (
        all(plain(part) in said or _holds(quotes, part) for part in parts)
        and (plain(proposal.description) in described or _holds(quotes, proposal.description))
        and _is_named(proposal.name, made, quotes)
    )


def _is_named(name: str, made: Sequence[statement.Statement], quotes: Sequence[str]) -> bool:
    """Whether the name is one that the rules make, or words of a quote in one piece, hyphens for blanks."""
    names = {name, _NUMBER.sub("", name)}
    if names & {statement.slug(m, ()) for m in made}:
        return True
    spaced = [re.sub(r"[-_/]", " ", quote) for quote in quotes]
    return any(_holds(spaced, re.sub(r"[-_]", " ", one)) for one in names)


_NUMBER = re.compile(r"-\d+\Z")
_LABEL = re.compile(r"(?i)\A\*\*(?:why|how to apply):\*\*\s*")
_TURNS = re.compile(
    r"(?i)\b(?:no|not|never|none|nobody|nothing|neither|nor|cannot|without|avoid|stop|refuse|reject|forbid\w*"
    r"|unless|except|until|only|if|when|instead|hardly|rather|un\w+)\b|n['\u2019]?t\b|\?"
)
"""Words around a part that could turn its sense: "do not deploy" is not "deploy"."""


def _parts(body: str) -> list[str]:
    """The paragraphs of a body, without the labels that the rules put before reason and use."""
    return [_LABEL.sub("", part).strip() for part in body.split("\n\n") if part.strip()]


def _made(quote: str, created: float) -> list[statement.Statement]:
    turn = Turn("quote", "user", quote, None, "person")
    return list(rules.statements(turn, date.fromtimestamp(created)))


def _holds(quotes: Sequence[str], part: str) -> bool:
    """Whether one quote holds the words of `part` in one piece, and nothing else that turns them."""
    words = _words(part)
    return bool(words) and any(_stands_in(words, _words(quote), quote) for quote in quotes)


def _stands_in(words: list[str], quoted: list[str], quote: str) -> bool:
    for at in range(len(quoted) - len(words) + 1):
        if quoted[at : at + len(words)] == words:
            rest = " ".join(quoted[:at] + quoted[at + len(words) :])
            return rest.isascii() and not _TURNS.search(rest) and "?" not in quote
    return False


def _words(text: str) -> list[str]:
    words = (word.strip(".,;:!()\"'`*…") for word in plain(text).split())
    return [word for word in words if word]
