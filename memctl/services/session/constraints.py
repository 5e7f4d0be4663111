"""Which of a person's sentences bind the agent: they forbid, demand, restrict or correct.

Told by grammar, not by topic: negators, modals of necessity, words of exclusiveness and permanence are
closed classes of a language. A question binds nobody. `standing` is all that others know of this.
"""

import re
from collections.abc import Iterator

from memctl.services.learn.sentences import sentences
from memctl.text.tongue import tongue

SENTENCE_MAX = 400
"""Characters of a sentence that is taken for a constraint; longer ones are pasted matter."""

REPLY_MAX = 600
"""Characters of a reply to a refused call, which binds as a whole."""

_STRICT = {
    "en": "(?<!\\bi )(?:don'?t|do not)|i (?:don'?t|do not) (?:want|need|like|think)"
    "|never(?! mind)|must(?:n'?t)?|should(?:n'?t| not)|shall not|may not|no longer|no more|avoid"
    "|make sure|be sure to|ensure|no \\w+ing",
    "de": "nicht|keine?[mnrs]?|niemals|nie|muss|müssen|darf|dürfen|sollst|soll(?:en|te)?",
    "nl": "niet|geen|nooit|moet(?:en)?|mag(?: niet)",
    "fr": "n(?:e |')\\w+ (?:\\w+ )?(?:pas|jamais|plus|rien)|pas de|jamais|doi(?:s|t|vent)|il faut",
    "es": "nunca|jamás|debe[ns]?|hay que",
    "pt": "não|nunca|jamais|deve[ms]?|precisa",
    "it": "non|mai|deve|devi|devono|bisogna",
    "sv": "inte|aldrig|måste|får",
    "da": "ikke|aldrig|skal|må",
    "nb": "ikke|aldri|må",
    "pl": "nie|nigdy|musi(?:sz)?|należy",
    "cs": "nikdy|musí(?:š)?",
    "tr": "asla|sakın",
    "ru": "не|нельзя|никогда|долж(?:ен|на|но|ны)|обязательно",
    "uk": "не|ніколи|повин(?:ен|на|ні)|обов'язково",
}
"""Negators and modals of necessity: a sentence that has one binds, if it is no question. What the person does
not know, see or remember ("I don't ...") tells; what they do not want binds."""

_SHAPES = {"es": "no \\w+[aáeé][sn]?", "cs": "ne\\w{3,}", "tr": "\\w+m[ae]y[ıi]n?"}
"""Forms of verbs that forbid. Words of other languages look like them ("network", "no data"), so they count
only where the sentence is not plainly in another language."""

_WEAK = {
    "en": "only|always|without|instead of|rather than|should|ha(?:ve|s) to",
    "de": "nur|immer|stets|ausschließlich|ohne|statt",
    "nl": "alleen|altijd|zonder",
    "fr": "seulement|uniquement|toujours|sans",
    "es": "sol[oó]|sólo|solamente|siempre|sin",
    "pt": "apenas|somente|só|sempre|sem",
    "it": "sol[oi]|soltanto|sempre|senza",
    "sv": "bara|endast|alltid|utan",
    "da": "kun|altid|alltid|uden|uten",
    "pl": "tylko|zawsze|bez",
    "cs": "jen|pouze|vždy|bez",
    "tr": "sadece|yalnızca|her zaman",
    "ru": "только|всегда|без|завжди|тільки",
}
"""What restricts or makes permanent: it binds in a demand, and tells something behind a subject."""

_TELLS = re.compile(
    r"\W*(?:this|that|it|its|the|there|i|we|they|when|while|which|like|is|and|das|der|die|es|ich|wir|dit|het|ik"
    r"|ça|ce|cela|le|la|les|je|nous|esto|eso|el|los|yo|isso|isto|o|os|eu|questo|il|lo|io|det|den|jag|jeg|vi"
    r"|to|ja|это|он|она|оно|они|я|мы)(?![\w-])",
    re.IGNORECASE,
)
"""How a sentence begins that tells what is the case: pronouns and articles as its subject."""

_SCRIPTS = re.compile(
    "不要|不能|不得|不可|别|勿|必须|必須|只能|只用|禁止|总是|始终|务必|しないで|ないで|してはいけ|必ず|だけ|のみ|常に|ません"
    "|하지 ?마|지 ?말|반드시|절대|항상|만 사용|금지"
)
"""The same in scripts that put no blanks between words."""

_CORRECTS = re.compile(
    r"\W*(?:no[,. ]|nope|actually|wrong|undo|revert|instead|stop|wait|i meant|i said|that'?s (?:not|wrong)"
    r"|not (?:that|what|so)|nein|falsch|doch|eigentlich|non[ ,]|mais non|nee[ ,]|nej[ ,]|nei[ ,]|нет[ ,]"
    r"|不对|不是|いや|違|아니)",
    re.IGNORECASE,
)
"""How a sentence begins that takes back what the agent did or understood."""


def _words(*words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'-])(?:{'|'.join(words)})(?![\w-])", re.IGNORECASE)


_BINDS, _RESTRICTS = _words(*_STRICT.values()), _words(*_WEAK.values())
_FORBIDS = {language: _words(shape) for language, shape in _SHAPES.items()}
_QUESTION = re.compile(r"[?？؟]\s*$")


def standing(text: str, *, reply: bool = False) -> Iterator[str]:
    """The sentences of a person's message that bind, verbatim, in order.

    `reply`: the person typed it instead of allowing a tool call, so that all of it corrects.
    """
    if reply and len(text) <= REPLY_MAX:
        yield " ".join(text.split())
        return
    for sentence in sentences(text):
        said = " ".join(sentence.text.split())
        if (
            (4 if not said.isascii() else 8) <= len(said) <= SENTENCE_MAX
            and not _QUESTION.search(said)
            and _binds(sentence.masked)
        ):
            yield said


def _binds(masked: str) -> bool:
    plain = masked.replace("\u2019", "'")
    if _BINDS.search(plain) or _SCRIPTS.search(plain) or _CORRECTS.match(plain):
        return True
    shaped = [language for language, shape in _FORBIDS.items() if shape.search(plain)]
    if shaped and tongue(plain) in (None, *shaped):
        return True
    return bool(_RESTRICTS.search(plain)) and not _TELLS.match(plain)
