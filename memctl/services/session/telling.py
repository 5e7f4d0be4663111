"""Negated clauses that report a failure ("No funciona", "Der Test läuft nicht"), and bind nobody.

A constraint that is lost is far worse than a report that is kept. So one is told only on evidence: what is
negated is a verb of working, in a form that is no imperative, and nothing follows that it could do or be
done with, or a word before it says that it lasts ("still", "ya"). All others bind as their grammar says.
"""

import re
from functools import cache

_ADVERBS = (
    r"(?: (?:yet|still|anymore|any more|again|properly|correctly|at all|now|today|either|todavía|aún|más"
    r"|bien|ya|ainda|mais|direito|ancora|più|bene|encore|toujours|bien|plus|mehr|richtig|durch|an|hoch|ещё|еще|больше))*"
)
_END = (
    _ADVERBS + r"(?=\s*(?:[.,;:!…。、)]|$)| (?:and|but|y|pero|und|aber|et|mais|mas|ma|и|но)\b"
    r"| (?:on|in|for|en|sur|auf|bei|em|su|chez|у|на) (?:my|me|mi|mon|ma|mes|moi|mein\w*|mir|meu|minha|mio|mia"
    r"|меня|мо\w+)\b)"
)
"""The end of a clause: its mark, another clause, or where the person sees it."""

_FIRST = r"^(?:\w+,? )?"
_NAMED = r"(?: (?!no\b|ne\b|n'|do\b|not\b|please\b)[\w'-]+){0,5}"
_EN = r"(?:work|start|open|run|pass|load|compile|build|render|appear|show up|boot|respond|connect|function)\b"
_ES = r"(?:funciona|compila|carga|arranca|pasa|abre|aparece|responde|corre|conecta)n?\b"
_ES_PAST = (
    r"(?:(?:funcion|compil|carg|arranc|pas|corr?|conect)(?:ó|aron)|(?:abr|aparec|respond)(?:ió|ieron))\b"
)
_PT = r"(?:funciona|compila|carrega|inicia|passa|abre|aparece|responde|roda|conecta)m?\b"
_IT = (
    r"(?:(?:si )?(?:carica|apre|avvia|connette)|va|funziona|compila|parte|passa|risponde"
    r"|(?:si )?(?:caricano|aprono|avviano)|vanno|funzionano|compilano|partono|passano|rispondono)\b"
)
_FR = (
    r"(?:marche|fonctionne|charge|démarre|passe|compile|tourne|affiche|s'affiche|s'ouvre|se lance|se charge)"
    r"(?:nt)?\b|répond(?:ent)?\b|va\b"
)
_DE = r"(?:geh|läuf|klapp|funktionier|läd|starte|öffne|kompilier|bau|lauf|gin|lie)(?:t|en|g|f|gen|fen)?\b"
_RU = (
    r"(?:работа|запуска|загружа|открыва|проход|компилиру|собира|нажима|появля|отвеча|стартоват?|грузи?)"
    r"(?:[еёия]т|[юя]т)(?:ся)?\b"
    r"|(?:заработал|запустил|загрузил|открыл|прош[её]л|прошл|собрал|появил|ответил)[аои]?(?:с[яь])?\b"
)
_JA = (
    r"(?:動き|動作し|起動し|表示され|開き|通り|反応し|(?:ログイン|接続|起動)でき)ません(?!か)"
    r"|動かない|動作しない"
)
_KO = (
    r"(?:(?:작동|동작|통과|응답)[하되]|(?:실행|로드|컴파일|시작|표시)되|열리|눌리|보이|뜨|돌아가|나오)"
    r"지 ?않(?:아요?|는다|는데|습니다|네요?|았\w*)"
)

_TOLD = {
    "en": rf"\b(?:still )?(?:does(?:n't| not)|did(?:n't| not)) (?:even )?{_EN}{_END}"
    rf"|{_FIRST}(?:the|these|those|they|my|our|some|most|all){_NAMED} do(?:n't| not) (?:even )?{_EN}{_END}"
    rf"|\bstill (?:does|did|do)(?:n't| not) {_EN}",
    "es": rf"\bno (?:me )?(?:{_ES}{_END}|{_ES_PAST})|\b(?:todavía|aún|ya) no (?:me )?{_ES}",
    "pt": rf"\bnão (?:me )?{_PT}{_END}|\b(?:ainda|já) não (?:me )?{_PT}",
    "it": rf"\bnon (?:mi )?{_IT}{_END}",
    "fr": rf"{_FIRST}(?:ça|cela|ce|cette|ces|les?|la|l'\w+|ils?|elles?|mon|ma|mes){_NAMED} (?:ne |n')"
    rf"(?:{_FR}) (?:\w+ )?(?:pas|plus|rien){_END}",
    "de": rf"\b{_DE}(?: (?:immer|noch|auch|leider|jetzt|bei|mir|hier|schon|wieder)){{0,3}} nicht{_END}",
    "ru": rf"\bне (?:{_RU}){_END}",
    "ja": rf"(?:{_JA})(?=[。、.!！\s]|$)",
    "ko": rf"(?:{_KO})(?=[.,!\s]|$)",
}  # fmt: skip
"""By language, a report up to its verb. Of a verb that takes an object ("does not run migrations", "no abre
puertos") none is."""


def without_reports(masked: str, codes: tuple[str, ...]) -> str:
    """`masked`, a sentence or a clause, without the reports in it, in whichever of the languages `codes`."""
    for code in codes:
        told = _told(code)
        masked = told.sub(" ", masked) if told else masked
    return masked


@cache
def _told(code: str) -> re.Pattern[str] | None:
    return re.compile(_TOLD[code], re.IGNORECASE) if code in _TOLD else None
