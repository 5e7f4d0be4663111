"""Which of a person's sentences bind the agent: they forbid, demand, restrict or correct.

Told by grammar, not by topic, and by that of the language of the message: the tables of `learn.languages`,
and short ones here for languages that have none there. A question binds nobody. `standing` is all that
others know of this.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from typing import NamedTuple

from memctl.services.learn.languages import Language, languages, spoken
from memctl.services.learn.sentences import Sentence, sentences
from memctl.services.session.telling import without_reports
from memctl.text.tongue import tongues

SENTENCE_MAX = 400
"""Characters of a sentence that is taken for a constraint as a whole; of a longer one its clause is taken."""

CLAUSE_MAX = 200
"""Characters of a long sentence that are taken from the clause on that binds: an exception often follows."""

LOOKED_AT = 2_000
"""Characters of a sentence that is looked at: longer ones are pasted matter."""

REPLY_MAX = 600
"""Characters of a reply to a refused call, which binds as a whole."""


class Grammar(NamedTuple):
    """What binds in a language. `strict`: wherever it stands; `weak`: in a clause that does not tell what is
    the case, `tells` being how such a clause begins; `corrects`: at the beginning of a sentence."""

    strict: re.Pattern[str]
    weak: re.Pattern[str]
    tells: re.Pattern[str]
    corrects: re.Pattern[str]
    takes_back: re.Pattern[str]  # at the beginning of a sentence: "never mind" forbids nothing
    norm: re.Pattern[str]  # puts its clause in the mood of a norm, whatever else it has the form of
    codes: tuple[str, ...] = ()  # of the languages that the message may be in


_NEVER = re.compile(r"(?!)")


def _words(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'-])(?:{words})(?![\w-])", re.IGNORECASE) if words else _NEVER


_STRICT = {
    "en": "(?<!\\bi )do(?:n'?t| not)|i do(?:n'?t| not) (?:want|need|like|think)"
    "|never|must(?:n'?t)?|(?:should|shall|may)(?:n'?t| not)|(?:you|we) can(?:'?t|not)"
    "|no longer|no more|avoid|make sure|be sure to|ensure",
    "nl": "niet|geen|nooit|moet(?:en)?|mag(?: niet)|niemand|niets",
    "sv": "inte|aldrig|måste|får|ingen|inget|inga",
    "da": "ikke|aldrig|skal|må|ingen",
    "no": "ikke|aldri|må|ingen",
    "pl": "nie|nigdy|musi(?:sz)?|należy|nikt|nic",
    "cs": "ne\\w{3,}|nikdy|musí(?:š)?|nikdo|nic",
    "tr": "asla|\\w+m[ae]y[ıi]n?|sakın|kimse",
    "uk": "не|ніколи|повин(?:ен|на|ні)|обов'язково|ніхто",
}
"""Negated verbs and modals of necessity, which bind whatever their subject is. Languages with a table have
these there, and only English needs to tell its auxiliaries from other negations; what the person does not
know or see tells, what they do not want binds."""

_WEAK = {
    "en": "should|ha(?:ve|s) to|required|mandatory|at (?:least|most)",
    "nl": "alleen|altijd|zonder",
    "sv": "bara|endast|alltid|utan",
    "da": "kun|altid|uden",
    "no": "bare|kun|alltid|uten",
    "pl": "tylko|zawsze|bez",
    "cs": "jen|pouze|vždy|bez",
    "tr": "sadece|yalnızca|her zaman",
    "uk": "завжди|тільки|без",
}
"""What restricts or makes permanent, in the languages that have no table. English writes most requests with
"need to" and "is to", so that of its obligations only these bind."""

_TELLS = {
    "en": "this|that|it|its|the|there|i|he|she|they|when|while|which|like|is|and",
    "de": "das|der|die|es|ich|er|sie|wir|da",
    "fr": "ça|ce|c'est|cela|le|la|les|je|j'ai|il|elle|ils|nous|on",
    "es": "esto|eso|el|la|los|las|yo|hay|es",
    "pt": "isso|isto|o|a|os|as|eu|há|é",
    "it": "questo|il|lo|la|i|gli|le|io|c'è|è",
    "nl": "dit|dat|het|de|ik|er",
    "sv": "det|den|jag|vi",
    "da": "det|den|jeg|vi|der",
    "no": "det|den|jeg|vi",
    "pl": "to|ja|my",
    "cs": "to|já|my",
    "ru": "это|он|она|оно|они|я|мы",
    "uk": "це|він|вона|воно|вони|я|ми",
}
"""How a clause begins that tells what is the case: pronouns and articles as its subject."""

_CORRECTS = {
    "en": "no(?=[,. ])|nope|actually|wrong|undo|revert|instead|stop|wait|i meant|i said|that'?s (?:not|wrong)"
    "|not (?:that|what|so)",
    "de": "nein|falsch|doch|eigentlich",
    "nl": "nee",
    "sv": "nej",
    "da": "nej",
    "no": "nei",
    "uk": "ні(?=[,. ])",
}
"""How a sentence begins that takes back what the agent did or understood, beside the tables' refusals."""

_CLAUSE = re.compile(r"[,;:，、；：]\s*|\s[–—-]+\s|\s(?=\()")
_QUESTION = re.compile(r"[?？؟]\s*$")


def standing(text: str, *, reply: bool = False) -> Iterator[str]:
    """The sentences of a person's message that bind, verbatim, in order.

    `reply`: the person typed it instead of allowing a tool call, so that all of it corrects.
    """
    if reply and len(text) <= REPLY_MAX:
        yield " ".join(text.split())
        return
    found = [one for one in sentences(text, LOOKED_AT) if not _QUESTION.search(one.text)]
    grammars = list(_grammars(" ".join(one.masked for one in found)))
    for sentence in found:
        said = " ".join(_part(grammars, sentence).split())
        if (4 if not said.isascii() else 8) <= len(said) <= SENTENCE_MAX:
            yield said


def _part(grammars: list[Grammar], sentence: Sentence) -> str:
    """What binds of a sentence: all of it; of a long one the clause that does, and what follows within
    CLAUSE_MAX; "" where nothing does."""
    if not any(_binds(grammar, sentence.masked) for grammar in grammars):
        return ""
    if len(sentence.text) <= SENTENCE_MAX:
        return sentence.text
    starts = [0, *(match.end() for match in _CLAUSE.finditer(sentence.masked)), len(sentence.masked)]
    for start, end in pairwise(starts):
        if any(_binds(grammar, sentence.masked[start:end]) for grammar in grammars):
            stop = max(at for at in starts if at == end or end < at <= start + CLAUSE_MAX)
            return sentence.text[start:stop].rstrip(" ,;:")
    return ""


def _grammars(text: str) -> Iterator[Grammar]:
    """Of each language that `text` may be in; where it does not say at all, of what `spoken` takes it for."""
    known = [code for code in tongues(text) if code in languages() or code in _STRICT]
    taken = spoken(text)
    codes = known or [code for code, table in languages().items() if table is taken]
    return (_grammar(code)._replace(codes=tuple(codes)) for code in codes)


@cache
def _grammar(code: str) -> Grammar:
    tells, corrects = _opening(_TELLS.get(code, "")), _opening(_CORRECTS.get(code, ""))
    strict, weak = _words(_STRICT.get(code, "")), _words(_WEAK.get(code, ""))
    if code not in languages():
        return Grammar(strict, weak, tells, corrects, _NEVER, _NEVER)
    table = languages()[code]
    refuse = re.compile(rf"(?:{table.patterns['refuse'].pattern})(?=\s*[,.!:;，。！、])")
    if not table.common:  # no blanks between words: there a request has the form of an obligation
        strict, weak = _any(table, "prohibit", "nobody", "restrict"), _NEVER
    else:
        strict = _either(strict, _any(table, "norm", *(() if code == "en" else ("prohibit",))))
        weak = _either(
            weak if code == "en" else _any(table, "oblige"), _any(table, "prohibit", "nobody", "restrict")
        )
    norm = _any(table, "norm", *(("oblige",) if table.common else ()))
    return Grammar(strict, weak, tells, _either(corrects, refuse), table.patterns["withdraw"], norm)


def _any(table: Language, *keys: str) -> re.Pattern[str]:
    return _either(*(table.patterns[key] for key in keys))


def _either(*patterns: re.Pattern[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one.pattern})" for one in patterns), re.IGNORECASE)


def _opening(words: str) -> re.Pattern[str]:
    return re.compile(rf"\W*(?:{words})(?![\w-])", re.IGNORECASE) if words else _NEVER


def _binds(grammar: Grammar, masked: str) -> bool:
    plain = masked.replace("\u2019", "'").lstrip(" >*-–—,.!¡¿…")
    back = grammar.takes_back.match(plain)
    plain = plain[back.end() :] if back else plain
    if not grammar.norm.search(plain):
        plain = without_reports(plain, grammar.codes)
    if grammar.strict.search(plain) or grammar.corrects.match(plain):
        return True
    return any(grammar.weak.search(part) and not grammar.tells.match(part) for part in _CLAUSE.split(plain))
