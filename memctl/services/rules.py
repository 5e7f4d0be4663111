"""The `rules` engine: explicit statements of the person, found without a model.

Which sentences are statements is data (`memctl/data/statements.toml`); what is made of one is here. Nothing
is invented: the body is the person's sentence, **Why:** and **How to apply:** stand there only when the
person gave them.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

from memctl.domain.memory import DESCRIPTION_MAX
from memctl.domain.proposal import Evidence
from memctl.domain.transcript import Turn
from memctl.services.absolute import absolute
from memctl.services.sentences import Sentence, sentences

QUOTE_MAX = 200
"""Characters of a quote: enough to find it in its turn."""

FOLLOWING_MAX = 8
"""List items that are taken with a statement which announces them ("remember the following:")."""


@dataclass(frozen=True)
class Rule:
    """One kind of statement in one language."""

    id: str
    type: str
    pattern: re.Pattern[str]
    lead: re.Pattern[str]
    needs: re.Pattern[str] | None
    veto: re.Pattern[str] | None


@dataclass(frozen=True)
class Language:
    """The rules of one language, and what tells that a sentence is no statement."""

    rules: tuple[Rule, ...]
    exempt: re.Pattern[str] | None
    before: re.Pattern[str] | None
    veto: re.Pattern[str] | None
    question_ok: re.Pattern[str] | None
    why: re.Pattern[str] | None
    why_inside: re.Pattern[str] | None
    how: re.Pattern[str] | None


@dataclass(frozen=True)
class Statement:
    """What a person said once: the fact, its reason and use as far as given, and where it stands."""

    rule: str
    type: str
    fact: str
    why: str
    how: str
    evidence: Evidence


@cache
def languages() -> dict[str, Language]:
    """The rule table, compiled once."""
    text = resources.files("memctl").joinpath("data", "statements.toml").read_text(encoding="utf-8")
    return {name: _language(table) for name, table in tomllib.loads(text).items()}


def _language(table: dict[str, Any]) -> Language:
    start = str(table.get("start", ""))

    def compiled(value: object) -> re.Pattern[str] | None:
        parts = value if isinstance(value, list) else [value] if value else []
        joined = "|".join(f"(?:{part})" for part in parts)
        return re.compile(joined.replace("<start>", start), re.IGNORECASE) if joined else None

    rules = []
    for rule in table.get("rule", []):
        pattern, lead = compiled(rule["pattern"]), compiled(rule.get("lead") or r"^\W*")
        if pattern and lead:
            rules.append(
                Rule(
                    rule["id"],
                    rule["type"],
                    pattern,
                    lead,
                    compiled(rule.get("needs")),
                    compiled(rule.get("veto")),
                )
            )
    keys = ("exempt", "before", "veto", "question_ok", "why", "why_inside", "how")
    return Language(tuple(rules), *(compiled(table.get(key)) for key in keys))


_KANA = re.compile(r"[\u3040-\u30ff]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_HANGUL = re.compile(r"[\uac00-\ud7af]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")

_COMMON = {
    "en": "the a an to of in is are and for you we i not with on this that it always never use from now don't please remember be",
    "es": "el la los las de que y en un una no por para con se es nunca siempre usa hemos ahora del al lo como antes",
    "fr": "le la les de des que et en un une ne pas pour avec est nous on jamais toujours du au désormais à dans utilise",
    "de": "der die das den dem und in ein eine nicht für mit ist wir ich immer nie bitte zu auf ab vor dass keine nur",
    "pt": "o a os as de que e em um uma não para com se é nunca sempre use vamos agora do da no na antes",
    "it": "il lo la i gli le di che e in un una non per con è mai sempre usa abbiamo del della prima",
}
_WORDS = {name: frozenset(words.split()) for name, words in _COMMON.items()}


def spoken(text: str) -> tuple[str, ...]:
    """The languages in which a sentence may be, by its script and its common words."""
    if _KANA.search(text):
        return ("ja",)
    if _HANGUL.search(text):
        return ("ko",)
    if _CYRILLIC.search(text):
        return ("ru",)
    if _HAN.search(text):
        return ("zh",)
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.lower())
    scores = {name: sum(word in common for word in words) for name, common in _WORDS.items()}
    best = max(scores.values())
    return tuple(name for name, score in scores.items() if score == best or (best <= 1 and name == "en"))


def statements(turn: Turn, today: date) -> Iterator[Statement]:
    """What the person stated in `turn`; `today` is the day on which it was said."""
    if turn.origin != "person" or turn.role != "user" or turn.sidechain:
        return
    found = list(sentences(turn.text))
    taken = 0  # list items that belong to the statement before them
    for at, sentence in enumerate(found):
        if taken > 0:
            taken -= 1
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


def _matching(language: Language, sentence: Sentence) -> Rule | None:
    text = sentence.masked.strip(" >#-")
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
    if not listed and not _has_content(fact):
        return None
    fact = _tidy(fact)
    if listed:
        fact = (
            "\n".join([fact, *(f"- {item}" for item in listed)])
            if _has_content(fact)
            else "\n".join(f"- {i}" for i in listed)
        )
    kind = _judge(fact) if rule.type == "judge" else rule.type
    why, how = _reasons(language, found, at) if kind in ("feedback", "project") else ("", "")
    quote = sentence.text.strip()[:QUOTE_MAX].strip()
    fact, why, how = (absolute(part, today) for part in (fact, why, how))
    return Statement(rule.id, kind, fact, why, how, Evidence(turn_id, quote))


_ASKED = re.compile(
    r"(?i)\W*(?:(?:please|ok(?:ay)?|also|and|so|hey|claude)[,\s]+)*(?:can|could|would|will) you (?:please )?(?!remember|memori)"
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
        items.append(_tidy(sentence.text))
    if not items and at + 1 < len(found) and found[at + 1].paragraph == found[at].paragraph + 1:
        items = [_tidy(found[at + 1].text)]
    return items


_EMPTY = frozenset(
    """a an the to of in on at is are was be do does did it this that these those them they he she we you i me my our your
    always never again ever anymore any more please don't dont not no from now next time just so and or but if when then
    remember forget stop want decided agreed sure let's here there thing things stuff something anything
    everything what how one ones ok okay well yes too also""".split()
)


def _has_content(text: str) -> bool:
    """Whether a fact says something by itself: "never do that again" does not."""
    if len(_HAN.findall(text)) + len(_KANA.findall(text)) + len(_HANGUL.findall(text)) >= 4:
        return True
    words = [w for w in re.findall(r"[\w'./-]{2,}", text.lower().replace("\u2019", "'")) if w not in _EMPTY]
    return len(words) >= 2 or any(c in word for word in words for c in "./_-")


def _tidy(text: str) -> str:
    """One line, as a sentence: first letter large, closed by a full stop."""
    line = " ".join(text.split()).strip(" ,;:：，、-–—\"'").strip()
    if not line:
        return line
    first = line.split(" ", 1)[0]
    if line[0].islower() and first.replace("'", "").replace("\u2019", "").isalpha():
        line = line[0].upper() + line[1:]
    if line[-1] in ".!。！`)":
        return line
    line = line.rstrip("??").rstrip()
    return line + ("。" if (_HAN.search(line) and not line[-1].isascii()) or _KANA.search(line) else ".")


def _reasons(language: Language, found: list[Sentence], at: int) -> tuple[str, str]:
    """The reason and the use that the person gave, in the sentence itself or in the two that follow."""
    why = how = ""
    inside = language.why_inside.search(found[at].masked) if language.why_inside else None
    if inside and inside.start() > 0 and _has_content(found[at].text[inside.end() :]):
        why = _tidy(found[at].text[inside.end() :])
    for sentence in found[at + 1 : at + 3]:
        text = sentence.masked.strip()
        if sentence.paragraph > found[at].paragraph + 1 or text.endswith(("?", "?")):
            break
        reason = language.why.match(text) if language.why else None
        if reason and not why:
            kept = text[: reason.end()].lower()
            why = _tidy(
                sentence.text.strip()[
                    0 if kept.startswith(("otherwise", "否则", "不然", "sonst")) else reason.end() :
                ]
            )
        elif language.how and language.how.match(text) and not how:
            how = _tidy(re.sub(r"(?i)^how to apply:?\s*", "", sentence.text.strip()))
        else:
            break
    return why, how


_IMPERATIVE = re.compile(
    r"(?i)^(?:always|never|don'?t|do not|use|prefer|avoid|run|write|keep|only|make|ask|check|please|stop|put|call|name|commit|no\b|you (?:should|must)"
    r"|we (?:always|never|only)|siempre|nunca|usa|toujours|jamais|ne |immer|nie|verwende|sempre|use|всегда|никогда|不要|别|用|总是|一律|必须|每次|永远|必ず|常に|항상|절대)"
)
_PERSONAL = re.compile(r"(?i)^(?:i\b|i'm|my\b|mein|mi |je |j'ai|ich|我(?!们|們)|私|저는|제 |я )")
_ADDRESS = re.compile(r"https?://|\b(?:linear|jira|notion|confluence|grafana|datadog)\b", re.IGNORECASE)


def _judge(fact: str) -> str:
    """The type of a memory whose words alone tell it."""
    if _ADDRESS.search(fact) and not _IMPERATIVE.match(fact):
        return "reference"
    if _PERSONAL.match(fact):
        return (
            "feedback"
            if re.match(r"(?i)i (?:always |never |strongly )?(?:prefer|want|like|hate)", fact)
            else "user"
        )
    return "feedback" if _IMPERATIVE.match(fact) else "project"


def body(statement: Statement) -> str:
    """The memory's text: the fact, and the reason and the use when the person gave them."""
    parts = [statement.fact]
    if statement.why:
        parts.append(f"**Why:** {statement.why}")
    if statement.how:
        parts.append(f"**How to apply:** {statement.how}")
    return "\n\n".join(parts) + "\n"


def description(statement: Statement) -> str:
    """One line for the selector: the fact, cut at a word where it is longer than a description may be."""
    line = " ".join(statement.fact.replace("\n- ", " ").split())
    if len(line) <= DESCRIPTION_MAX:
        return line
    cut = line[: DESCRIPTION_MAX - 1]
    at_word = cut.rfind(" ")
    return (cut[:at_word] if at_word > DESCRIPTION_MAX // 2 else cut).rstrip(" ,;:") + "…"


_FILLER = "a an the to of in on at is are was be do it this that we you i im my our your always please now decided agreed and or so for with from as by all any when".split()


def slug(statement: Statement, taken: Iterable[str]) -> str:
    """A file name's stem from the fact's own words, letters of any script kept; "-2", "-3" when taken."""
    from slugify import slugify

    text = statement.fact.split("\n", 1)[0].replace("'", "").replace("\u2019", "")
    options: dict[str, Any] = {
        "allow_unicode": True,
        "max_length": 48,
        "word_boundary": True,
        "save_order": True,
    }
    base = slugify(text, stopwords=_FILLER, **options) or slugify(text, **options) or "statement"
    used = {name.casefold() for name in taken} | {"memory", "index"}
    number, name = 2, base
    while name.casefold() in used:
        name, number = f"{base}-{number}", number + 1
    return name
