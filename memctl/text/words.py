"""Text to search terms, the same way for memories and for queries.

The index's own tokenizer (SQLite's `porter unicode61`) lowercases, strips accents, splits at everything that
is no letter or digit (so `snake_case` too) and stems English. What it cannot do is done here beforehand:
`camelCase` is split, and runs of Chinese, Japanese and Korean, which have no spaces, become bigrams.

On the hot path: imports nothing at module level.
"""

# Bytes into classes (small, capital, digit, other), so that camelCase is found with `bytes.find`.
_CLASSES = bytes(
    97 if 97 <= b <= 122 else 65 if 65 <= b <= 90 else 48 if 48 <= b <= 57 else 32 for b in range(256)
)

# UTF-8 lead bytes under which the scripts of `_is_cjk` lie; deleting every other byte shows if there are any.
_NOT_LEADS = bytes(b for b in range(256) if not (0xE3 <= b <= 0xED or b == 0xEF or b == 0xF0))

QUERY_WORDS_MAX = 256
"""Distinct words of one query that are looked up: a pasted log of 10 KB has more, and the head of it, with
the end, says what it is about."""


def _is_cjk(char: str) -> bool:
    """Kana, Han and Hangul syllables: scripts (or, for Hangul, particles) that spaces do not split."""
    return (
        "\u4e00" <= char <= "\u9fff"
        or "\u3040" <= char <= "\u30ff"
        or "\uac00" <= char <= "\ud7af"
        or "\u3400" <= char <= "\u4dbf"
        or "\uf900" <= char <= "\ufaff"
        or "\u31f0" <= char <= "\u31ff"
        or "\U00020000" <= char <= "\U0003134f"
    )


def fold(text: str) -> str:
    """`text` as the index sees it: bigrams for CJK in place, the parts of camelCase words at the end."""
    raw = text.encode("utf-8", "replace")
    parts = identifier_parts(raw)
    if not text.isascii() and raw.translate(None, _NOT_LEADS):
        text = _bigrams(text)
    return text + " " + " ".join(parts) if parts else text


def identifier_parts(raw: bytes) -> list[str]:
    """The parts of every camelCase word in UTF-8 text, in order: `HTTPServer` gives `HTTP`, `Server`."""
    classes = raw.translate(_CLASSES)
    found: list[str] = []
    cuts = [at + 1 for at in (classes.find(b"aA"), classes.find(b"0A"), classes.find(b"AAa")) if at >= 0]
    at = min(cuts, default=-1)  # capitals before, which begin sentences, are not looked at one by one
    while at >= 0:
        before = classes[at - 1]
        if before == 32 or (before == 65 and classes[at + 1 : at + 2] != b"a"):
            at = classes.find(b"A", at + 1)
            continue
        start = classes.rfind(b" ", 0, at) + 1
        end = classes.find(b" ", at)
        end = len(classes) if end < 0 else end
        found += _split_word(raw[start:end].decode(), classes[start:end])
        at = classes.find(b"A", end)
    return found


def _split_word(word: str, classes: bytes) -> list[str]:
    """Cut before a capital that follows a small letter or digit, or that starts a capitalised part."""
    parts = []
    start = 0
    for i in range(1, len(word)):
        here, before, after = classes[i], classes[i - 1], classes[i + 1 : i + 2]
        if here == 65 and (before != 65 or after == b"a"):
            parts.append(word[start:i])
            start = i
    parts.append(word[start:])
    return parts


def _bigrams(text: str) -> str:
    out: list[str] = []
    run = ""
    for char in text:
        if _is_cjk(char):
            run += char
        elif run:
            out.append(_pairs(run))
            out.append(char)
            run = ""
        else:
            out.append(char)
    if run:
        out.append(_pairs(run))
    return "".join(out)


def _pairs(run: str) -> str:
    if len(run) == 1:
        return f" {run} "
    return " " + " ".join(run[i : i + 2] for i in range(len(run) - 1)) + " "


def query_words(text: str) -> list[tuple[str, bool]]:
    """The distinct words of a query in order, each with whether it is only a part of a camelCase word.

    At most `QUERY_WORDS_MAX`: two thirds from its beginning, the rest from its end.
    """
    if not text.isascii():
        import unicodedata

        text = unicodedata.normalize("NFC", text)
    whole = _plain(_bigrams(text))
    words = dict.fromkeys(whole, False)
    for part in _plain(" ".join(identifier_parts(text.encode("utf-8", "replace")))):
        words.setdefault(part, True)
    listed = list(words.items())
    if len(listed) > QUERY_WORDS_MAX:
        tail = QUERY_WORDS_MAX // 3
        listed = listed[: QUERY_WORDS_MAX - tail] + listed[-tail:]
    return listed


def _plain(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text).lower().split()


STOP = frozenset(
    """
    a about above after again against all also am an and any are as at be because been before being below
    between both but by can could did didn do does doesn doing don done down during each few for from
    further had has hasn have haven having he her here hers him his how i if in into is isn it its just
    let lets me mine more most my no nor not of off on once only or other our ours out over own please
    same she should shouldn so some such than that the their theirs them then there these they this those
    through to too under until up us very was wasn we were weren what when where which while who whom
    whose why will with won would wouldn you your yours s t d ll m re ve tell aber als auch auf bei dass
    dem den der des dieser durch ein eine einem einen einer es für ich ihr im ist kann mit nach nicht oder
    sich sie sind und uns unser von warum was wenn werden wie wir wird zu zum zur au aux avec ce ces cette
    dans de des du elle en est et il ils je la le les leur mais ne nous ou où par pas pour pourquoi qu que
    quel quelle quels qui sa se ses si son sont sur un une vous al como con cuál cuántos del donde dónde
    el ella ellos esta este esto hay lo los las más mi muy nos para pero por porque qué quién se ser si
    sin sobre su sus tiene todo una uno unos y ya ao da do dos essa esse isso mas não nós num ou pelo que
    quem são seu sua um uma você che chi ci cosa dei della delle di è gli ho il io ma nel nella non per
    perché più quale questa questo sono aan dat de deze dit een en er het hoe ik is je kan maar met naar
    niet om onze ook te van voor waar wat wij zijn а без бы в вы где для до его ее если есть же за и из
    или их к как какой когда кто ли мы на над не него нет но о об он она они от по под почему при с со так
    такой то тот у что чтобы эта это я
    aus wann welche welchem welchen welcher welches wem wen wer wessen wieso wo woher wohin
    cómo como cuáles cuándo cuando cuánta cuántas cuánto quiénes l combien laquelle lequel quand
    onde quais quando quanta quantas quanto quantos dove quali quante quanti
    hoeveel waarom wanneer welke wie какая какие какое когда сколько
    什么 为什 怎么 如何 哪里 哪个 哪种 这个 那个 我们 你们 他们 可以 是否 没有 的是 多少
    これ それ どこ です ます した する
    """.split()
)
"""Function words: of English, and of the languages in which people also type (without "come" and "comment",
which are English words of content). They lift a memory that
other words found (at a low weight) and are never evidence by themselves."""

LIGHT = frozenset(
    """
    add change check create fix open run stop update write
    able always another anything ask asked back bad become best better big call came come comes day days
    describe different early else even ever every everything explain feel find first found gave get gets
    getting give given gives go goes going gone good got great happen happened happens help high important
    keep kind know known large last like little long look looked looking looks lot made make makes making
    many may maybe might much must name need needed needs never new next now ok okay old one put really
    right said say says see seem seen set shall show small something sometimes start still sure take taken
    takes thing things think thought three time times today took tried tries try turn two use used uses
    using want wanted wants way ways week well went without within work worked working write year years
    yes yet
    """.split()
)
"""The commonest verbs, adjectives and nouns of everyday English, first those with which
people ask an agent for work. They rank like any word, but a memory that shares only such words with a query
has nothing in common with it."""
