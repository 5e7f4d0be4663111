"""The `rules` engine: explicit statements of the person, found without a model.

Which sentences are statements is data (`memctl/data/statements.toml`); how a sentence is weighed is here.
"""

import re
from collections.abc import Iterator
from datetime import date

from memctl.domain.proposal import Evidence
from memctl.domain.transcript import Turn
from memctl.services.extraction.absolute import absolute
from memctl.services.extraction.languages import Language, Rule, languages, spoken
from memctl.services.extraction.sentences import Sentence, sentences
from memctl.services.extraction.statement import Statement, has_content, judge, tidy

QUOTE_MAX = 200
"""Characters of a quote: enough to find it in its turn."""

FOLLOWING_MAX = 8
"""List items that are taken with a statement which announces them ("remember the following:")."""


def statements(turn: Turn, today: date) -> Iterator[Statement]:
    """What the person stated in `turn`; `today` is the day on which it was said."""
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
    language: Language, rule: Rule, found: list[Sentence], at: int, turn_id: str, today: date
) -> Statement | None:
    sentence = found[at]
    fact = sentence.text[_lead_end(language, rule, sentence.masked) :]
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
    why, how = _reasons(language, found, at) if kind in ("feedback", "project") else ("", "")
    quote = sentence.text.strip()[:QUOTE_MAX].strip()
    fact, why, how = (absolute(part, today) for part in (fact, why, how))
    return Statement(rule.id, kind, fact, why, how, Evidence(turn_id, quote))


_ASKED = re.compile(
    r"(?i)\W*(?:(?:please|ok(?:ay)?|also|and|so|hey|claude)[,\s]+)*(?:can|could|would|will) you (?:please )?"
    r"(?!remember|memori)"
)


def _lead_end(language: Language, rule: Rule, masked: str) -> int:
    """How much of a sentence only introduces the fact: "as I said", "can you please", "from now on"."""
    end = 0
    said = language.exempt.search(masked) if language.exempt else None
    if said and said.start() <= 12:
        end = said.end()
    for pattern in (_ASKED, rule.lead):
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


def _reasons(language: Language, found: list[Sentence], at: int) -> tuple[str, str]:
    """The reason and the use that the person gave, in the sentence itself or in the two that follow."""
    why = how = ""
    inside = language.why_inside.search(found[at].masked) if language.why_inside else None
    if inside and inside.start() > 0 and has_content(found[at].text[inside.end() :]):
        why = tidy(found[at].text[inside.end() :])
    for sentence in found[at + 1 : at + 3]:
        text = sentence.masked.strip()
        if sentence.paragraph > found[at].paragraph + 1 or text.endswith(("?", "?")):
            break
        reason = language.why.match(text) if language.why else None
        if reason and not why:
            kept = text[: reason.end()].lower()
            why = tidy(
                sentence.text.strip()[
                    0 if kept.startswith(("otherwise", "否则", "不然", "sonst")) else reason.end() :
                ]
            )
        elif language.how and language.how.match(text) and not how:
            how = tidy(re.sub(r"(?i)^how to apply:?\s*", "", sentence.text.strip()))
        else:
            break
    return why, how
