"""The `rules` engine: explicit statements of the person, found without a model.

Which sentences are statements is data (`memctl/data/statements.toml`); how a sentence is weighed is here.
"""

import re
from collections.abc import Iterator
from datetime import date

from memctl.domain.proposal import Evidence
from memctl.domain.transcript import Turn
from memctl.services.learn.absolute import absolute
from memctl.services.learn.languages import Language, Rule, languages, spoken
from memctl.services.learn.sentences import Sentence, sentences
from memctl.services.learn.statement import Statement, has_content, judge, tidy

QUOTE_MAX = 200
"""Characters of a quote: enough to find it in its turn."""

FOLLOWING_MAX = 8
"""List items that are taken with a statement which announces them ("remember the following:")."""


def statements(turn: Turn, today: date | None) -> Iterator[Statement]:
    """What the person stated in `turn`; `today` is the day on which it was said, where that is known."""
    if turn.origin != "person" or turn.role != "user" or turn.sidechain:
        return
    found = list(sentences(turn.text))
    taken = 0  # list items that belong to the statement before them
    specified = False  # whether list items would be those of a task's specification
    for at, sentence in enumerate(found):
        if not sentence.bullet:
            specified = _announces_specification(sentence)
        if taken > 0:
            taken -= 1
            continue
        if (sentence.bullet and specified) or _follows_other_words(found, at):
            continue
        for name in spoken(sentence.masked):
            language = languages()[name]
            rule = _matching(language, sentence)
            if rule is not None:
                made = _statement(language, rule, found, at, turn.id, today)
                if made is not None:
                    taken = made.fact.count("\n- ") + made.fact.startswith("- ")
                    yield made
                break


_RULES_FOLLOW = re.compile(
    r"(?i)\b(?:rules?|conventions?|guidelines?|preferences?|remember|always|never|from now on|going forward"
    r"|for the future)\b|规则|規則|约定|約定|规范|規範|以后|以後|记住|記住|ルール|규칙"
    r"|reglas|règles|regeln|regras|regole|правила"
)


def _announces_specification(sentence: Sentence) -> bool:
    """Whether the list after this sentence says what is to be built: it announces one, and no rules."""
    return sentence.masked.rstrip().endswith((":", "：")) and not _RULES_FOLLOW.search(sentence.masked)


_SAID_BY_OTHERS = re.compile(
    r"(?i)\b(?:it|that|which|text|email|message|page|readme|docs?|title|section|paragraph)"
    r" (?:says?|reads?|that)\b[^.]{0,20}:\s"
)
_DESCRIBES = re.compile(
    r"(?i)^\W*(?:(?:it|this|that|they|the \w+(?: \w+)?) (?:should|must|needs? to|has to|will)\b"
    r"|(?:i'?d like|i want|i need|we need|write|create|implement|build|add|make) (?:a|an|the|me)\b)"
)
_BARE = re.compile(r"(?i)^\W*(?:always|never)\b")


def _follows_other_words(found: list[Sentence], at: int) -> bool:
    """Whether the sentence goes on with what somebody else says, or with what a thing to be built does."""
    if at == 0 or found[at - 1].paragraph != found[at].paragraph or not _BARE.match(found[at].masked):
        return False
    before = found[at - 1].masked
    return bool(_SAID_BY_OTHERS.search(before) or _DESCRIBES.match(before))


def _matching(language: Language, sentence: Sentence) -> Rule | None:
    text = sentence.masked.strip(" >#-")
    if language.hint and not language.hint.search(text):
        return None
    if language.exempt:
        text = language.exempt.sub(lambda m: " " * len(m[0]), text).lstrip(" ,:;")
    if language.veto and language.veto.search(text):
        return None
    if text.rstrip(" \"')").endswith(("?", "?")) and not (
        language.question_ok and language.question_ok.search(text)
    ):
        return None
    return next((rule for rule in language.rules if _fits(language, rule, text)), None)


def _fits(language: Language, rule: Rule, text: str) -> bool:
    match = rule.pattern.search(text)
    if (
        match is None
        or (rule.needs and not rule.needs.search(text))
        or (rule.veto and rule.veto.search(text))
    ):
        return False
    asks = language.question_ok and language.question_ok.search(text)
    return bool(asks) or not (language.before and language.before.search(text[: match.start()]))


def _statement(
    language: Language, rule: Rule, found: list[Sentence], at: int, turn_id: str, today: date | None
) -> Statement | None:
    sentence = found[at]
    start = _lead_end(language, rule, sentence.masked)
    fact = sentence.text[start:]
    listed = _listed(found, at) if sentence.masked.rstrip().endswith((":", "：")) else []
    if not listed and not has_content(fact):
        return None
    fact = tidy(fact)
    if listed:
        fact = (
            "\n".join([fact, *(f"- {item}" for item in listed)])
            if has_content(fact)
            else "\n".join(f"- {i}" for i in listed)
        )
    kind = judge(fact) if rule.type == "judge" else rule.type
    why = how = ""
    if kind in ("feedback", "project"):
        stop, inside = (len(sentence.text), "") if listed else _reason_inside(language, sentence, start)
        fact = tidy(sentence.text[start:stop]) if inside else fact
        why, how = _reasons(language, found, at, inside)
    quote = sentence.text.strip()[:QUOTE_MAX].strip()
    fact, why, how = (absolute(part, today) for part in (fact, why, how))
    return Statement(rule.id, kind, fact, why, how, Evidence(turn_id, quote))


_ASKED = re.compile(
    r"(?i)\W*(?:(?:please|ok(?:ay)?|also|and|so|hey|claude)[,\s]+)*(?:can|could|would|will) you (?:please )?"
    r"(?!remember|memori)"
)


_DISCOURSE = re.compile(
    r"(?i)\s*(?:(?:actually|please|also|btw|by the way|anyway|basically)\b(?!-)[\s,:–—]*"
    r"|(?:ok(?:ay)?|so|well|right|alright|yes|yeah|no|now|then|hey|look|listen|hmm+|oh)\s*[,:–—]\s*"
    r"|(?:其实|其實|那[么麼](?![多大高长長小少]))[\s,，:：、]*"
    r"|(?:另外|还有|還有|对了|對了|好的?|嗯|那|顺便说一下)\s*[,，:：、]\s*)*"
)
"""Words that open a remark and say nothing of it: they belong in no memory and in no name."""


def _lead_end(language: Language, rule: Rule, masked: str) -> int:
    """How much of a sentence only introduces the fact: "as I said", "can you please", "from now on"."""
    end = 0
    said = language.exempt.search(masked) if language.exempt else None
    if said and said.start() <= 12:
        end = said.end()
    for pattern in (_ASKED, _DISCOURSE, rule.lead, _DISCOURSE):
        match = pattern.match(masked[end:])
        end += match.end() if match else 0
    return end


def _listed(found: list[Sentence], at: int) -> list[str]:
    items = []
    for sentence in found[at + 1 : at + 1 + FOLLOWING_MAX]:
        if not sentence.bullet:
            break
        items.append(tidy(sentence.text))
    if not items and at + 1 < len(found) and found[at + 1].paragraph == found[at].paragraph + 1:
        items = [tidy(found[at + 1].text)]
    return items


_KEPT = re.compile(
    r"(?i)(?:otherwise|so that|否则|否則|不然|要不然|以免|免得|以便|sonst|andernfalls|damit"
    r"|sinon|afin|si no\b|de lo contrario|para que|senão|caso contrário|иначе|чтобы)"
)
"""Words of a reason without which it would say something else: "otherwise the cache is stale"."""

_GOES_ON = re.compile(
    r"(?i)[;；]|,\s*(?:(?:and|but|so)\s+)?"
    r"(?:always|never|don'?t|do not|use|run|make|keep|please|only|instead|we|you)\b"
    r"|[,，](?:所以|但|而且|并|請|请|要|不要|必须)"
)
"""After a reason comes more than the reason, so that it cannot be taken out of its sentence."""


def _reason_inside(language: Language, sentence: Sentence, start: int) -> tuple[int, str]:
    """Where the fact ends and the reason in the same sentence begins, and the reason; "" when the sentence is
    left whole, since a reason that still stands in it is not said twice."""
    whole = len(sentence.text), ""
    match = language.why_inside.search(sentence.masked, start) if language.why_inside else None
    if match is None or not has_content(sentence.text[start : match.start()]):
        return whole
    reason = sentence.text[match.end() :]
    if not has_content(reason) or _GOES_ON.search(sentence.masked[match.end() :]):
        return whole
    if "(" in match[0] or "（" in match[0]:
        if not reason.rstrip(" .。").endswith((")", "）")):
            return whole
        reason = reason.rstrip(" .。")[:-1]
    word = re.sub(r"^\W+", "", match[0])
    return match.start(), tidy((word if _KEPT.match(word) else "") + reason)


def _reasons(language: Language, found: list[Sentence], at: int, why: str) -> tuple[str, str]:
    """The reason (`why` when the sentence itself gave it) and the use, from the two sentences that follow."""
    how = ""
    for sentence in found[at + 1 : at + 3]:
        text = sentence.masked.strip()
        if sentence.paragraph > found[at].paragraph + 1 or text.endswith(("?", "?")):
            break
        reason = language.why.match(text) if language.why else None
        if reason and not why:
            kept = _KEPT.match(text[: reason.end()])
            why = tidy(sentence.text.strip()[0 if kept else reason.end() :])
        elif language.how and language.how.match(text) and not how:
            how = tidy(re.sub(r"(?i)^how to apply:?\s*", "", sentence.text.strip()))
        else:
            break
    return why, how
