"""Negated clauses that report what is the case ("No funciona", "Der Test läuft nicht"), and bind nobody.

Told by the form of the verb and by what stands before it: a subject of the third person, or none where the
form is no imperative of the language. Where one form is both (Spanish "-a" of polite requests), it reports
only without an object. What says that something is not allowed is no report.
"""

import re
from functools import cache

from memctl.services.learn.languages import languages

_ALLOWS = re.compile(
    r"erlaub|gestatt|zulässig|wünsch|empf[eo]h|permi|perme|autori|a[c]?cept|aceit|accett|consent|tol[eé]r|admi[st]"
    r"|ammess|admet|conse[ij]ll|aconsej|recom[ei]|raccomand|разреш|допус|допущ|рекоменд|allow|accept"
    r"|\b(?:pued\w+|podem?|può|possono|peu(?:t|vent)|kann|können|мо(?:жет|гут))\b",
    re.IGNORECASE,
)
"""What may or can be done is said in the third person as well: of these a report and a norm look alike."""

_NAMED = r"(?: (?!no\b|non\b|não\b|ne\b|n'|nicht\b|nie\b|kein)[\w'-]+){0,5}"
"""The rest of a subject, up to the negation."""

_ES = r"(?:(?:me|te|le|lo|la|se|nos|os|les|los|las) )?(?!l[aeo]\b|\w*[srz]\b)\w+(?:[aeó]n?|ía)\b"
_PT = r"(?:(?:me|te|lhe|o|a|se|nos|os|as) )?(?![aeo]\b|\w*[srz]\b)\w+(?:[aeiou]|m)\b"
_IT = r"(?:(?:mi|ti|gli|lo|la|si|ci|vi|li|le|ne) )?(?!l[ae]\b|\w+(?:re|[aei]te)\b)\w*(?:[ae]|ano|ono|è)\b"
_DE = r" [a-zäöüß]+(?:t|en|te|ten|ar)\b(?: [a-zäöüß]+){0,2} (?:nicht|nie|keine?[nmrs]?)\b"
_ENDS = r"(?=[\s.!…]*$|[,.;!]"

_TOLD = {
    "en": r"^(?:(?:but|sorry|hm+|well|still),? )?(?:the|these|those|they|my|some|most|all)" + _NAMED
    + r" (?:do|did)(?:n't| not)\b",
    "es": r"^(?:\w+,? )?(?:el|la|los|las|un|una|mi|est[aeo]s?|es[aeo]s?)" + _NAMED + f" no {_ES}"
    + rf"|\b(?:todavía|aún|ya) no {_ES}|^no {_ES}{_ENDS}| (?:en|con|desde|cuando|al|y|pero|ni)\b)",
    "pt": r"^(?:\w+,? )?(?:o|a|os|as|um|uma|meu|minha|est[ae]s?|ess[ae]s?|isso|isto)" + _NAMED
    + rf" não {_PT}|\b(?:ainda|já) não {_PT}",
    "it": r"^(?:\w+,? )?(?:il|lo|la|i|gli|le|un|una|mi[oa]|quest[oaie]|quell[oaie]|l'\w+)" + _NAMED
    + rf" non {_IT}|\bnon {_IT} (?:ancora|più)\b|^(?:ancora )?non {_IT}{_ENDS}| (?:in|con|su|da|e|ma)\b)",
    "fr": r"^(?:\w+,? )?(?:ça|cela|ceci|ce|cette|ces|les?|la|l'\w+|une?|ils?|elles?|mon|ma|mes)" + _NAMED
    + r" (?:ne |n')(?:\w+ )?\w+ (?:\w+ )?(?:pas|plus|jamais|rien)\b",
    "de": r"^(?:\w+,? )?(?:[Dd](?:er|ie|as|ies\w*)|[Ee]s|[Ee]r|[Ss]ie|[Ee]ine?|[MmDd]eine?)" + _NAMED + _DE
    + r"(?![^,;.!]* \w+n[\s.!]*$)"
    + rf"|^\w+t(?: [a-zäöüß]+){{0,2}} nicht\b(?: (?:mehr|richtig|durch))?{_ENDS}| (?:bei|seit|mit|mehr)\b)",
    "ru": r"\bне \w+(?:[еёиюяу]т|л[аои]?)(?:ся|сь)?\b",
    "ja": r"(?:^|(?<=[、。]))[^をは、。]*ません(?!か)",
    "ko": r"(?:^|(?<=[.,] ))(?:(?![을를] )[^.,])*지 ?않(?:아(?!야)|는다|는데|습|았)\w*",
}  # fmt: skip
"""By language, a report up to its verb."""

_BEFORE = {"es": "no", "pt": "não", "it": "non", "fr": "ne", "ru": "не"}
"""What stands right before a negated verb."""


def without_reports(masked: str, codes: tuple[str, ...]) -> str:
    """`masked`, a sentence or a clause, without the reports in it, in whichever of the languages `codes`."""
    if _ALLOWS.search(masked):
        return masked
    for code in codes:
        told = _told(code)
        masked = told.sub(" ", masked) if told else masked
    return masked


@cache
def _told(code: str) -> re.Pattern[str] | None:
    parts = [_TOLD[code]] if code in _TOLD else []
    if code in _BEFORE:  # the verb is one that tells how things go: works, fails
        happens = languages()[code].patterns["moment"].pattern
        parts.append(rf"\b(?i:{_BEFORE[code]}) (?:\w{{1,3}} )?(?:{happens})(?: (?:pas|plus)\b)?")
    return re.compile("|".join(parts), re.IGNORECASE if code != "de" else 0) if parts else None
