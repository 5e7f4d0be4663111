"""Whether an ending is said plainly, and of all that an earlier statement says: no question, doubt, report,
plan or denial, no quotation, and no place, case or time of its own."""

import re

from memctl.services.related.claim import CLAUSE, Claim
from memctl.text.alignment import Token
from memctl.text.quotation import QUOTED

_NOT_OWN = ("unreal", "reported")
"""Keys of a doubt, and of another's word."""

_WANTED = ("plan", "oblige")
"""Keys of what is to be, and may not be yet."""

_CASES = ("narrow", "event")
"""Keys of an exception, a condition, a case."""

_ASKS = re.compile(r"[?？]\W*$")

_RUN = 2
"""Chinese characters in a row that can be a word; of kana, which also end words, one more."""


def is_own(new: Claim, cue: re.Match[str]) -> bool:
    """Whether the sentence of `cue` states it: it asks, doubts and reports nothing, and is no quotation."""
    start, end = new.sentence(cue)
    sentence = new.text[start:end]
    if _ASKS.search(sentence) or any(q.start() < cue.start() < q.end() for q in QUOTED.finditer(new.text)):
        return False
    return not (_asks(new, sentence) or any(_stands(new, key, start, end) for key in _NOT_OWN))


def is_whole(new: Claim, old: Claim, cue: re.Match[str]) -> bool:
    """Whether `cue` ends all that `old` says. Not where its sentence denies, plans or narrows it, or says
    before it, or behind it in its clause, what `old` does not: a place, a part, a title."""
    start, end = new.sentence(cue)
    if _is_open(new, cue, start, end) or _is_limited(new, old, start, end):
        return False
    return not _says_where(new, old, cue, start, end)


def _is_open(new: Claim, cue: re.Match[str], start: int, end: int) -> bool:
    """Whether the sentence plans or denies the ending."""
    return any(_stands(new, key, start, end) for key in _WANTED) or _is_denied(new, cue, start, end)


def _is_limited(new: Claim, old: Claim, start: int, end: int) -> bool:
    """Whether an exception, a condition or a time stands beside the ending, of which `old` says nothing."""
    if any(new.has(key) and not old.has(key) for key in _CASES) or _in_case(new, start, end):
        return True
    return bool(new.passes and not old.passes)


def _says_where(new: Claim, old: Claim, cue: re.Match[str], start: int, end: int) -> bool:
    """Whether the sentence, or the subject line above it, says a place or a part that `old` does not say."""
    title = new.statement.description
    clause, *further = CLAUSE.split(new.text[cue.end() : end])
    *others, own = CLAUSE.split(new.text[start : cue.start()])
    subject = [part for part in CLAUSE.split(title) if cue[0] in part or part not in others]
    apart = [part for part in others if not _is_instead(new, old, part)]  # "Under load, Kafka no longer"
    places = [part for part in (*subject, *further) if cue[0] in part or not _is_instead(new, old, part)]
    if any(_in_place(new, old, part) for part in (clause, *places)):
        return True
    known = _answer(new, old) if cue.start() >= len(title) else frozenset()
    return any(_has_news(new, old, part, known) for part in (*apart, *_said_with(new, cue, own, clause)))


def _answer(new: Claim, old: Claim) -> frozenset[str]:
    """What the lead says of a subject that it names first, as `old` does: the new value, which the sentence
    of an ending may say again ("search is Ilse's; Ilse took over from Farid"). Nothing without blanks
    between words, where the place comes first and bears no mark."""
    shared = (at for at, t in enumerate(new.lead) if t.form in old.lead_words and new.is_telling(t))
    first = next(shared, None)
    if first is None or not new.cues.common or any(new.is_telling(t) for t in new.lead[:first]):
        return frozenset()
    return frozenset(t.form for t in new.lead[first:])


def _is_instead(new: Claim, old: Claim, part: str) -> bool:
    """Whether a clause speaks of what `old` speaks of: it says what holds now ("the rota is in the tide app,
    the page is retired"), not where."""
    return any(new.is_telling(token) and token.form in old.words for token in new.tokens(part))


def _in_place(new: Claim, old: Claim, part: str) -> bool:
    """Whether `part` says where, or for whom, something holds, of which `old` says nothing."""
    place = new.cues.patterns["within"].search(part)
    return place is not None and _has_news(new, old, part[place.start() :])


def _said_with(new: Claim, cue: re.Match[str], before: str, clause: str) -> tuple[str, str]:
    """What is said before `cue` and behind it in its clause. Without blanks between words the verb comes
    last, and what the cue holds comes before it."""
    return (before, clause) if new.cues.common else (before + _inside(cue[0]), "")


def _inside(cue: str) -> str:
    """What a cue holds besides its own words, which begin and end it: the events, in "no longer the events
    carry" as Japanese says it."""
    kinds = [_kind(char) for char in cue]
    first = next((i for i, kind in enumerate(kinds) if kind != kinds[0]), len(cue))
    last = next((i for i in range(len(cue), 0, -1) if kinds[i - 1] != kinds[-1]), 0)
    return cue[first:last]


def _kind(char: str) -> int:
    """0 for kana, 1 for Han, 2 for all else."""
    return 0 if "\u3040" <= char <= "\u30ff" else 1 if "\u3400" <= char <= "\u9fff" else 2


def _has_news(new: Claim, old: Claim, part: str, known: frozenset[str] = frozenset()) -> bool:
    """Whether a word of `part` tells something, or a time, that `old` does not say and is not `known`."""
    run: list[Token] = []
    for token in new.tokens(part):
        said = token.form in old.words or token.form in known
        is_known = said or not (new.is_telling(token) or token.is_time)
        if not is_known and not token.is_character:
            return True
        run = [] if is_known else [*run, token]
        if len(run) >= _RUN + (not all(t.is_han for t in run)):
            return True
    return False


def _is_denied(new: Claim, cue: re.Match[str], start: int, end: int) -> bool:
    """Whether another negation stands in the sentence; "any more" needs one."""
    apart = (n for n in new.cues.all("negate", new.text) if start <= n.start() < end)
    others = sum(n.end() <= cue.start() or cue.end() <= n.start() for n in apart)
    needs = new.cues.has("durable", cue[0]) and not new.cues.has("negate", cue[0])
    return others > needs


def _in_case(new: Claim, start: int, end: int) -> bool:
    """Whether a clause of the sentence ends as a condition does in languages whose verb comes last."""
    return not new.cues.common and any(
        new.cues.has("event", part.strip()) for part in CLAUSE.split(new.text[start:end])
    )


def _asks(new: Claim, sentence: str) -> bool:
    """Whether a word of a question begins it; in Chinese, Japanese and Korean whether one stands in it."""
    query = new.cues.patterns["query"]
    if new.cues.common:
        return query.match(sentence) is not None
    return any(query.search(part.strip()) for part in CLAUSE.split(sentence))


def _stands(new: Claim, key: str, start: int, end: int) -> bool:
    """Whether a word of `key` stands there that is no cue of an ending itself: it "used to"."""
    found = (n for n in new.cues.all(key, new.text) if start <= n.start() < end)
    return any(not any(c.start() < n.end() and n.start() < c.end() for c in new.ends) for n in found)
