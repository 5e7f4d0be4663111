"""What tells a statement worth keeping from the rest of a talk: a few marks of grammar, each with its points.

The points are the weights of a logistic regression over these marks, times three, rounded. It was fitted to
passages of three sets of sessions and sentences of `tests/fixtures/labelled`, and judged on sessions of
others (docs/explanation/extraction.md). None stands for a subject, and all are the same in every language.
"""

import re
from collections.abc import Iterator

from memctl.services.learn import orders
from memctl.services.learn.languages import HAN, HANGUL, KANA, Language

POINTS = {
    "deadline": 7,
    "confirms": 6,
    "general": 5,
    "keep": 7,
    "self": 6,
    "long": 5,
    "decide": 4,
    "durable": 4,
    "mood": 4,
    "rule": 4,
    "custom": 3,
    "place": 6,
    "pointer": 3,
    "reason": 3,
    "all": 2,
    "always": 2,
    "date": 2,
    "loud": 2,
    "prefer": 2,
    "prohibit": 2,
    "refused": 2,
    "several": 2,
    "team": 2,
    "answers": 1,
    "contrast": 1,
    "corrects": 1,
    "dated": 1,
    "named": 1,
    "temporal": 1,
    "ask": 0,
    "oblige": 0,
    "crowd": -3,
    "opening": -3,
    "plan": -1,
    "request": -1,
    "deictic": -2,
    "moment": -2,
    "passing": -2,
    "short": -2,
    "each": -3,
    "located": -3,
    "reported": -8,
    "once": -5,
    "unreal": -5,
    "scoped": -12,
    "personal": -12,
    "question": -12,
}
"""What each mark says for or against a statement. `refused`: the person stopped a tool call to say it.
`opening`: the first message of a session, which says what is to be done. `scoped`: a clause begins with the
one thing that it is about ("for this page"). Not fitted but set by what they mean: keep, rule, prefer,
answers, refused, place (for), question, scoped, personal, unreal, reported, opening, crowd (against)."""

ENOUGH = 10
"""Points from which a passage is proposed. Fewer find more of the facts, and more that is none; what ten are
worth by set stands in docs/explanation/extraction.md."""

_TABLE = (
    "keep self date decide pointer always all plan deictic contrast team temporal durable reason prohibit"
    " prefer oblige moment reported unreal once ask personal".split()
)

_NAMED = re.compile(
    r"https?://|(?<![A-Za-z])x{4,}(?![A-Za-z])|(?<![\w/])[\w-]+(?:\.[\w-]+){2,}|#\w{2,}|(?<=\s)/?[\w.-]+/[\w./-]+"
)
"""An address, a quotation or code (masked), a host, a channel, a path."""

_LOUD = re.compile(r"\b[A-ZÀ-ÖØ-ÞА-ЯЁ]{3,}\b|!!|！！")
"""Capitals, which are names as well, and marks of exclamation."""

_PLACE_IN_CODE = re.compile(r"\w\.\w{1,5}:\d+")
"""A line of a file: what is said there is about the code."""

_FORMS = (("located", _PLACE_IN_CODE), ("named", _NAMED), ("loud", _LOUD))

_WORD = re.compile(r"[\w']+")

SHORT, LONG = 5, 12
"""Words of a passage that says too little to stand alone, and of one that says more than an order does."""


def size(text: str) -> float:
    """How much a text says, in words; of scripts without blanks two characters count as one."""
    wide = len(HAN.findall(text)) + len(KANA.findall(text))
    narrow = len(_WORD.findall(HAN.sub(" ", KANA.sub(" ", text))))
    return wide / 2 + narrow * (1.5 if HANGUL.search(text) else 1)


def marks(language: Language, masked: str) -> frozenset[str]:
    """The marks of one sentence, quotations and code masked: keys of its language's table, and what its form
    says."""
    found = _of_table(language, masked)
    found |= _of_act(language, masked, found)
    found |= {mark for mark, form in _FORMS if form.search(masked)}
    found |= _of_clauses(language, masked)
    return frozenset(found | _of_several(language, masked, found))


def _of_act(language: Language, masked: str, found: set[str]) -> set[str]:
    """What a sentence does as a whole: it gives a reason, asks for an answer, or for something to be done.
    `found` are the keys of its table."""
    acts = {
        "reason": language.has("why", masked),
        "question": _is_question(language, masked, found),
        "request": language.opens("ask", _opened(language, masked)) and not found & {"keep", "always"},
    }
    return {mark for mark, is_done in acts.items() if is_done}


def _of_several(language: Language, masked: str, found: set[str]) -> set[str]:
    """The marks that several others make together, or a word with others."""
    together = {
        "dated": {"date", "temporal"} <= found,
        "place": {"pointer", "named"} <= found,
        "confirms": found & {"always", "all", "keep", "durable"} and _agrees(language, masked),
        "deadline": "date" in found and language.has("deadline", masked),
        "passing": "once" in found and not found & {"always", "keep", "durable", "reason", "team"},
    }
    return {mark for mark, is_there in together.items() if is_there}


_THAT = re.compile(r"(?i)\s+that\b")


def _without_that(language: Language, masked: str) -> str:
    """A sentence without the "that" which only joins its clause to "remember", "we agreed": it points at
    nothing."""
    for key in ("keep", "decide"):
        for match in language.patterns[key].finditer(masked):
            if that := _THAT.match(masked, match.end()):
                return masked[: match.end()] + masked[that.end() :]
            if _THAT.search(match[0]):
                return masked[: match.start()] + masked[match.end() :]
    return masked


def _of_table(language: Language, masked: str) -> set[str]:
    """The keys of the table that have a word in a sentence."""
    found = {key for key in _TABLE if language.has(key, masked)}
    if "deictic" in found and not language.has("deictic", _without_that(language, masked)):
        found.discard("deictic")
    return found


def weigh(found: frozenset[str], text: str) -> int:
    """The points of a passage with these marks."""
    words = size(text)
    complete = found & {"self", "keep", "rule"} or {"general", "contrast"} <= found  # in three words
    brief = words < SHORT and not complete
    length = "short" if brief else "long" if words >= LONG else ""
    return sum(POINTS.get(mark, 0) for mark in found) + POINTS.get(length, 0)


def _is_question(language: Language, masked: str, found: set[str]) -> bool:
    """Whether a sentence asks for an answer. A polite "can you always ..., please?" asks for none."""
    if language.opens("query", masked) or language.opens("query", _opened(language, masked)):
        return True
    asks = masked.rstrip(" \"')）").endswith(("?", "？"))
    *said, last = [part for part in _CLAUSE.split(masked) if part.strip()] or [masked]
    if (
        asks
        and said
        and sum(map(size, said)) >= SHORT
        and any(language.opens(k, last) for k in ("ask", "query"))
    ):
        return False  # "we do X here, could you change that?"
    asks_for_more = {"keep", "ask"} <= found or _asks_for_always(language, masked)
    return asks and not asks_for_more


_ABOUT_NOW = ("deictic", "once", "moment", "unreal", "scope")


def _asks_for_always(language: Language, masked: str) -> bool:
    """Whether a clause asks for something to be done always: "can you always run the linter?"; neither now,
    nor with what lies on the table."""
    if any(language.has(key, masked) for key in _ABOUT_NOW):
        return False
    asked = language.opens("ask", _opened(language, masked)) or not language.common
    return bool(asked) and all(language.has(key, masked) for key in ("ask", "always"))


def _agrees(language: Language, masked: str) -> bool:
    """Whether a sentence begins with a yes that is a clause of its own, or goes on with what is to hold:
    "yes, ...", "yes always", but not "ok so", "right now"."""
    yes = language.opens("agree", masked)
    if yes is None:
        return False
    rest = yes.string[yes.end() :].lstrip()
    return not rest[:1].isalnum() or any(language.opens(key, rest) for key in ("agree", *_NORMS))


_NORMS = ("always", "keep", "prohibit", "oblige", "self", "prefer", "decide")

_CLAUSE = re.compile(r"[,;:，、；：]\s*|\s[–—-]+\s|\s(?=\()")


def clauses(masked: str) -> list[str]:
    """The clauses of a sentence, as its marks part them."""
    return [part for part in _CLAUSE.split(masked) if part.strip()]


def _of_clauses(language: Language, masked: str) -> set[str]:
    """`mood` where a clause is put as a norm: it begins with one ("never ...", "I am ..."), or its verb says
    so; `rule` where it begins with always or never, or demands something with one ("must never").
    `contrast` where a later clause only says what not: "..., never from a laptop". `scoped` where it begins
    with one thing: "for this page"."""
    found = set()
    reported = language.patterns["reported"].search(masked)  # what follows is somebody else's norm
    own = masked[: reported.start()] if reported else masked
    for number, clause in enumerate(clauses(own)):
        begun = "" if language.opens("event", clause) else _begun(language, clause)
        if language.opens("always", begun) or all(language.has(key, clause) for key in ("always", "oblige")):
            found.add("rule")
        if begun or language.has("norm", clause):
            found.add("mood")
        if language.opens("all", clause):
            found.add("each")
        if _is_scoped(language, clause):
            found.add("scoped")
        if _is_custom(language, clause):
            found.add("custom")
        if number and language.opens("prohibit", clause) and size(clause) < SHORT + 1:
            found.add("contrast")
    return found | _of_orders(language, own)


def _of_orders(language: Language, own: str) -> set[str]:
    """`rule` where something is asked for always, `general` where an order holds for a kind of thing; with
    the mood of a norm."""
    if _asks_for_always(language, own):
        return {"mood", "rule"}
    starts = [0, *(match.end() for match in _CLAUSE.finditer(own))]
    for order in (order for start in starts for order in openings(language, own[start:])):
        if orders.forbids(language, order):
            return {"general", "mood", "prohibit"}
        if orders.prefers(language, order):
            return {"general", "mood", "contrast"}
    return set()


def openings(language: Language, text: str) -> Iterator[str]:
    """A text, and what is left of it without each word that only opens it."""
    yield text
    while opener := language.opens("opener", text) or language.opens("ask", text):
        text = opener.string[opener.end() :].lstrip()
        yield text


def _is_scoped(language: Language, clause: str) -> bool:
    """Whether a clause begins with the one thing that it is about; "in this repo" is where we all work."""
    scope = language.opens("scope", clause)
    return scope is not None and not language.has("team", scope[0])


def _is_custom(language: Language, clause: str) -> bool:
    """Whether a clause says what "we" do, and neither what is planned nor what just happened."""
    passing = ("plan", "moment", "once", "unreal", "event")
    return bool(language.opens("team", _opened(language, clause))) and not any(
        language.has(key, clause) for key in passing
    )


def _opened(language: Language, clause: str) -> str:
    """A clause without the words that only open it."""
    while opener := language.opens("opener", clause):
        clause = opener.string[opener.end() :].lstrip()
    return clause


def _begun(language: Language, clause: str) -> str:
    """A clause from its first norm on, where nothing stands before that but words that open it; else ""."""
    start = clause
    while start and not any(language.opens(key, start) for key in _NORMS):
        opener = language.opens("opener", start) or language.opens("ask", start)
        start = opener.string[opener.end() :].lstrip() if opener else ""
    return start
