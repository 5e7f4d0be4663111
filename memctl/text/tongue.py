"""In which language a text is, by its script and its function words.

Japanese, Korean and Chinese tell themselves apart by their characters. In every other script each word
votes for the languages whose function words it is one of (stopwordsiso, 58 languages), with less weight the
more of them there are. Of 50 recorded sessions in ten languages, to which nothing here was adjusted, all came
out right by their messages; a message of three or four words often does not say: then the answer is None.
"""

import re
from collections.abc import Collection
from functools import cache

AHEAD = 1.2
"""How many times the votes of the second language the first one needs."""

OTHER_SHARE = 0.15
"""Share of Chinese, Japanese and Korean characters from which a text is in one of these, or of Cyrillic ones
where one language alone is written in it: the Latin words among them are names of programs. A Chinese,
Japanese or Korean character says as much as two letters."""

KANA_SHARE = 0.1
"""Share of kana among these from which they are Japanese."""

_WORD = re.compile(r"[^\W\d_]{2,}")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]")
_KANA = re.compile("[\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9d]")
_HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]")
_CYRILLIC = re.compile("[\u0400-\u052f]")

IN_CYRILLIC = frozenset({"bg", "ru", "uk"})
"""The languages of stopwordsiso that are written in Cyrillic."""


def tongue(text: str) -> str | None:
    """The code (ISO 639-1) of the language of `text`; None when it does not say."""
    found = tongues(text)
    return found[0] if len(found) == 1 else None


def tongues(text: str, among: Collection[str] = ()) -> list[str]:
    """The codes of the languages that `text` may well be in, the likeliest first; one where it says, none
    where nothing tells. With `among` no other language than these is reckoned with."""
    found = written(text, among)
    return [found] if found else _elected(_WORD.findall(text.lower()), among)


def written(text: str, among: Collection[str]) -> str | None:
    """The language that the script of `text` tells, with no list of words; None where several are written in
    it. `among` as in `tongues`."""
    letters = sum(char.isalpha() for char in text)
    han, kana, hangul = (len(script.findall(text)) for script in (_HAN, _KANA, _HANGUL))
    asian = han + kana + hangul
    if asian and asian >= OTHER_SHARE * letters:
        if hangul > han + kana:
            return "ko"
        return "ja" if kana and kana >= KANA_SHARE * (han + kana) else "zh"
    left = IN_CYRILLIC.intersection(among)
    if len(left) == 1 and len(_CYRILLIC.findall(text)) >= OTHER_SHARE * letters:
        return next(iter(left))
    return None


def _elected(words: list[str], among: Collection[str]) -> list[str]:
    votes: dict[str, float] = {}
    holders = _holders()
    for word in words:
        languages = [code for code in holders.get(word, ()) if not among or code in among]
        for language in languages:
            votes[language] = votes.get(language, 0.0) + 1 / len(languages)
    ranked = sorted(votes, key=votes.__getitem__, reverse=True)
    return [one for one in ranked if votes[ranked[0]] <= AHEAD * votes[one]]


@cache
def _holders() -> dict[str, list[str]]:
    """Function word -> the languages that have it."""
    import stopwordsiso

    found: dict[str, list[str]] = {}
    for language in sorted(stopwordsiso.langs()):
        for word in stopwordsiso.stopwords(language):
            found.setdefault(word, []).append(language)
    return found
