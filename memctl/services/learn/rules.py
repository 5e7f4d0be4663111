"""The `rules` engine: what a person states that outlasts the session, found without a model.

How a message falls into passages is in `passages`, what speaks for one in `marks`, and the grammatical
words of each language in `memctl/data/grammar`. Here a passage with points enough becomes a statement, in
the person's own words.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from memctl.domain.proposal import Evidence
from memctl.domain.transcript import Turn
from memctl.services.learn import withdrawal
from memctl.services.learn.absolute import absolute
from memctl.services.learn.languages import Language, spoken
from memctl.services.learn.marks import ENOUGH, LONG, SHORT, marks, size
from memctl.services.learn.passages import Passage, parted, passages
from memctl.services.learn.sentences import Sentence, sentences
from memctl.services.learn.statement import Statement, has_content, kind, tidy

QUOTE_MAX = 200
"""Characters of a quote: enough to find it in its turn."""

FOLLOWING_MAX = 8
"""List items that are taken with a statement which announces them ("remember the following:")."""

CUE_MARKS = {"opening": "opening", "refusal": "refused", "answer": "answers"}
"""The marks of a turn's cue."""


@dataclass(frozen=True)
class Heard:
    """What a message says that matters beyond its session. `text` is the person's own words alone: what they
    pasted names no memory."""

    text: str = ""
    statements: tuple[Statement, ...] = ()
    deletion: Evidence | None = None  # the sentence that asks to delete a memory
    takes_back: bool = False  # what the message before it said


NOTHING = Heard()


def heard(turn: Turn, today: date | None, answered: Turn | None = None) -> Heard:
    """What the person says in `turn`; `today` is the day on which it was said, where that is known, and
    `answered` what the agent said before it."""
    if turn.origin != "person" or turn.role != "user" or turn.sidechain:
        return NOTHING
    found = list(sentences(turn.text))
    language = spoken("\n".join(sentence.masked for sentence in found))
    if withdrawal.is_private(language, found):
        return Heard(takes_back=withdrawal.takes_back(language, found))
    drop = withdrawal.asked(language, found)
    made = _statements(turn, today, answered, language, [s for s in found if s is not drop])
    deletion = _quote(turn.id, drop) if drop else None
    own = "\n".join(sentence.text for sentence in found)
    return Heard(own, tuple(made), deletion, withdrawal.takes_back(language, found))


def statements(turn: Turn, today: date | None) -> Iterator[Statement]:
    """What the person stated in `turn`; `today` is the day on which it was said, where that is known."""
    yield from heard(turn, today).statements


def _statements(
    turn: Turn, today: date | None, answered: Turn | None, language: Language, found: list[Sentence]
) -> Iterator[Statement]:
    listed = 0  # the end of the list that belongs to the statement before
    for passage in _stated(language, found, turn.cue):
        if found.index(passage.sentences[0]) < listed:
            continue
        items = _listed(found, passage.sentences[-1])
        listed = found.index(items[-1]) + 1 if items else listed
        for one, below in _by_item(language, passage, items):
            made = _statement(language, one, [tidy(item.text) for item in below], turn.id, today)
            if made is not None:
                made = _with_proposal(made, one, answered)
                if made.agrees or has_content(made.fact):
                    yield made


def _stated(language: Language, found: Sequence[Sentence], cue: str) -> Iterator[Passage]:
    """The passages with points enough, each with one statement."""
    for passage in cued(language, found, cue):
        if passage.points >= ENOUGH:
            yield from parted(language, passage)


def _by_item(
    language: Language, passage: Passage, items: list[Sentence]
) -> Iterator[tuple[Passage, list[Sentence]]]:
    """What a passage states, with the items that belong to it: each item by itself where the line before
    them says nothing but that they follow ("remember this:")."""
    if len(items) < 2 or has_content(passage.text[_lead_end(language, passage.text) :]):
        yield passage, items
        return
    for item in items:
        yield replace(passage, sentences=(item,), marks=passage.marks | marks(language, item.masked)), []


CROWD = 8
"""Sentences from which a message is a document: most of them say what is to be built."""


def cued(language: Language, found: Sequence[Sentence], cue: str) -> Iterator[Passage]:
    """The passages of a message, with the marks of where it stands in the talk."""
    cues = [CUE_MARKS[cue]] if cue in CUE_MARKS else []
    if len(found) >= CROWD:
        cues.append("crowd")
    if cue != "opening" and found and _corrects(language, found[0].masked):
        cues.append("corrects")
    for passage in passages(language, found):
        for one in cues:
            passage = passage.with_cue(one)
        yield passage


def _corrects(language: Language, masked: str) -> bool:
    """Whether a message begins with a no, whatever sigh stands before it."""
    first = re.sub(r"^\W*(?:\w{1,3}\W+)?(?=\w)", "", masked)
    return bool(language.opens("refuse", masked) or language.opens("refuse", first))


def _with_proposal(made: Statement, passage: Passage, answered: Turn | None) -> Statement:
    """A bare yes ("yes, always do it like that") says little without what it agrees with: the last sentence
    of the agent is kept with it, as the agent's."""
    if answered is None or "confirms" not in passage.marks or size(passage.text) >= LONG:
        return made
    said = [sentence for sentence in sentences(answered.text) if size(sentence.masked) >= SHORT]
    if not said:
        return made
    quote = _quote(answered.id, said[-1])
    return replace(made, agrees=tidy(said[-1].text), quotes=(*made.quotes, quote))


def _quote(turn_id: str, sentence: Sentence) -> Evidence:
    return Evidence(turn_id, sentence.text.strip()[:QUOTE_MAX].strip())


def _statement(
    language: Language, passage: Passage, items: list[str], turn_id: str, today: date | None
) -> Statement | None:
    fact = passage.text[_lead_end(language, passage.text) :]
    if not items and not has_content(fact) and "confirms" not in passage.marks:
        return None
    fact, why = (fact, "") if items else _reason(language, fact)
    head = [tidy(fact)] if has_content(fact) or not items else []
    fact = absolute("\n".join([*head, *(f"- {item}" for item in items)]), today, language)
    found = passage.marks - (_PUT - marks(language, fact))
    quotes = tuple(_quote(turn_id, sentence) for sentence in passage.sentences)
    changes = bool(found & {"durable", "decide"})
    why = absolute(tidy(why), today, language)
    return Statement(_rule(found), kind(found), fact, why, quotes, changes)


_PUT = frozenset(("mood", "rule"))
"""Marks that a statement may have only from the words that introduce it: "remember that ..."."""


def _rule(found: frozenset[str]) -> str:
    """The name of what a passage is, for `from_git`: a decision, or a statement of another kind."""
    return "decided" if "decide" in found else "stated"


_JOINT = re.compile(r"(?i)\s*(?:[:：,，、]|(?:that|dass|que|che|что)\b|qu['\u2019]|\s-\s)*\s*")


def _lead_end(language: Language, text: str) -> int:
    """How much of a passage only introduces it: "ok, so", "can you please", "from now on", "remember
    that"."""
    end = 0
    while True:
        blank = len(text[end:]) - len(text[end:].lstrip(" ,:;，、：–—"))
        rest = text[end + blank :]
        asks = language.starts("ask", rest) if text.rstrip().endswith(("?", "？")) else None
        opener = language.starts("opener", rest) or language.starts("keep", rest) or asks
        if opener is None:
            return end
        joint = _JOINT.match(rest, opener.end())
        end += blank + (joint.end() if joint else opener.end())


def _reason(language: Language, fact: str) -> tuple[str, str]:
    """The fact and the reason that ends it, conjunction included; "" where none does, or more comes after
    it."""
    for match in language.patterns["why"].finditer(fact):
        head, tail = fact[: match.start()], fact[match.start() :]
        if has_content(head) and has_content(tail) and not _goes_on(language, tail):
            return head.rstrip(" ,;(（–—-"), tail.rstrip(" .)）") if head.rstrip()[-1:] in "(（" else tail
    return fact, ""


def _goes_on(language: Language, tail: str) -> bool:
    """Whether more than the reason follows: another sentence, or a clause with a norm of its own."""
    inner = tail.rstrip(" .。!！)）")
    if re.search(r"[.。!！?？;；](?:\s|$)|[。；]", inner):
        return True
    clauses = re.split(r"[,，]\s*", inner)[1:]
    return any(marks(language, clause) & {"mood", "always", "prohibit", "oblige"} for clause in clauses)


def _listed(found: list[Sentence], last: Sentence) -> list[Sentence]:
    """The items of the list that `last` announces, or the one line that follows it."""
    if not last.masked.rstrip().endswith((":", "：")):
        return []
    after = found[found.index(last) + 1 :][:FOLLOWING_MAX]
    items: list[Sentence] = []
    for sentence in after:
        if not sentence.bullet:
            break
        items.append(sentence)
    if not items and after and after[0].paragraph == last.paragraph + 1:
        items = after[:1]
    return items
