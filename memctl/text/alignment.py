"""Two statements laid side by side: what both say, where one has another word, and of what kind that is.

A statement names its subject before it says something of it. So a word that differs while words of the
subject follow belongs to the subject, which is then another one ("release of the [pilot → tug] module on 20
April"); what differs after the last shared word, or is a number, a date, a name in code, is what is said of
it.
"""

import calendar
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property, lru_cache

from memctl.text.words import LIGHT, STOP

_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Kana, Han and Hangul, which follow a Latin name without a blank."""

_TOKEN = re.compile(
    r"`[^`\n]+`"
    r"|[\u3040-\u30ff\u3400-\u9fff]"
    r"|[\uac00-\ud7af]+"
    r"|--?[^\W\d_][\w=./-]*\w"
    rf"|[^\W_](?:[^\W{_UNSPACED}]|['’]|[./:@+#-](?=[^\W{_UNSPACED}]))*"
)
"""A code span, a character of a script without blanks, a Korean word, an option, or a word, path, version,
address."""

_CODE = re.compile(r"\d|[^\W\d_][./_:@#][^\W_]|^--?\w|^`")
"""What a value shows itself by: a digit, a mark inside a word, an option, a code span."""

_CLOCK = re.compile(r"\d{1,2}:\d\d")

_APOSTROPHE = re.compile("['’]")

_CALENDAR = frozenset(name for name in (*calendar.month_name, *calendar.day_name) if name)


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a statement. `form` is what it is compared by: its stem."""

    text: str
    form: str
    is_time: bool = False  # it says when, and tells no subject from another

    @property
    def is_value(self) -> bool:
        """Whether it is a number, version, path, name in code, or a time."""
        return self.is_time or _CODE.search(self.text) is not None

    @property
    def is_number(self) -> bool:
        """Whether it is a number, no time and no name with a digit in it."""
        return self.text[0].isdigit() and not self.is_time

    @property
    def is_han(self) -> bool:
        """Whether it is a Chinese character, of which two are a word."""
        return "\u3400" <= self.text <= "\u9fff" and len(self.text) == 1

    @property
    def is_character(self) -> bool:
        """Whether it is one character of a script without blanks, which is seldom a word."""
        return len(self.text) == 1 and self.text >= "\u3040"

    @property
    def is_content(self) -> bool:
        """Whether it says something by itself."""
        return _says_something(self.text)


@lru_cache(maxsize=20_000)
def _says_something(word: str) -> bool:
    """Whether a word is no function word, also with an apostrophe in it, and no mere letter. One syllable of
    Korean is a particle behind a Latin name."""
    low = word.lower()
    if len(word) == 2 and word.isupper() and word.isascii():
        return True  # the US cluster, the IT team; a word that is shouted is longer as a rule
    if low in STOP or (len(low) == 1 and (low.isascii() or low >= "\uac00")):
        return False
    return not all(part in STOP for part in _APOSTROPHE.split(low))


def cut(text: str) -> list[str]:
    """The words of `text` in order, in lower case, as `tokens` has them compared."""
    return [word.strip("`").lower() for word in _TOKEN.findall(text)]


def values(text: str) -> set[str]:
    """The numbers, versions, paths, names in code and English names of days and months in `text`, as
    `cut` has them."""
    return {
        found.strip("`").lower()
        for found in _TOKEN.findall(text)
        if Token(found, "", found in _CALENDAR).is_value
    }


def tokens(text: str, stem: Callable[[str], str], date: re.Pattern[str]) -> tuple[Token, ...]:
    """The tokens of `text`, compared by what `stem` makes of them; what `date` finds is a time.

    Of a Korean word the first two syllables count, most nouns having two and a particle behind them.
    """
    dated = [match.span() for match in date.finditer(text)]
    return tuple(_token(match, stem, dated) for match in _TOKEN.finditer(text))


def _token(match: re.Match[str], stem: Callable[[str], str], dated: list[tuple[int, int]]) -> Token:
    text = match[0]
    low = text.strip("`").lower()
    form = low[:2] if text >= "\uac00" else stem(low)
    return Token(text, form, text in _CALENDAR or any(i <= match.start() < j for i, j in dated))


@dataclass(frozen=True)
class Hunk:
    """Where two statements part: the words of each. `start` is where in the new one, `last` whether only
    shared values and function words follow."""

    new: tuple[Token, ...]
    old: tuple[Token, ...]
    start: int
    last: bool

    @property
    def telling(self) -> tuple[tuple[Token, ...], tuple[Token, ...]]:
        """The words of both sides that say something: no function words, no commonest words, no times."""
        return telling(self.new), telling(self.old)

    @property
    def words(self) -> tuple[str, ...]:
        """The words of both sides that say something; where none does, all."""
        here, there = self.telling
        return tuple(t.text for t in (*here, *there) or (*self.new, *self.old))

    @property
    def is_value(self) -> bool:
        """Whether one value stands in the place of another."""
        return any(t.is_value for t in self.new) and any(t.is_value for t in self.old)

    @property
    def is_mixed(self) -> bool:
        """Whether words other than values differ too, on both sides."""
        return all(any(not t.is_value for t in side) for side in self.telling)

    @property
    def frames(self) -> tuple[set[str], set[str]]:
        """The function words that hold each side: with Argo CD, on a Friday."""
        here, there = (
            {t.form for t in side if not (t.is_content or t.is_time)} for side in (self.new, self.old)
        )
        return here, there

    @property
    def times(self) -> tuple[str, str]:
        """What each side says of the time: "day", or "clock"; "" where it says nothing, or another value."""
        return _time(self.new), _time(self.old)

    @property
    def phrases(self) -> tuple[int, int]:
        """How many runs of words of content each side has, between function words."""
        here, there = (
            sum(t.is_content and (not at or not side[at - 1].is_content) for at, t in enumerate(side))
            for side in (self.new, self.old)
        )
        return here, there

    @property
    def is_swap(self) -> bool:
        """Whether about as many words stand in the place of others."""
        return bool(self.new and self.old) and abs(len(self.new) - len(self.old)) <= 1


class Alignment:
    """The statement `new` beside the statement `old`, both as tokens."""

    def __init__(self, new: tuple[Token, ...], old: tuple[Token, ...]) -> None:
        self.new, self.old = new, old
        matcher = SequenceMatcher(None, [t.form for t in new], [t.form for t in old], autojunk=False)
        self._codes = matcher.get_opcodes()

    @cached_property
    def shared(self) -> tuple[Token, ...]:
        """The telling words that stand in both, in the same order."""
        found = [t for tag, i, j, _, _ in self._codes if tag == "equal" for t in self.new[i:j]]
        return telling(found)

    @cached_property
    def is_literal(self) -> bool:
        """Whether no word that both have is in another form: the lock lamp may not be the locks lamp."""
        pairs = (zip(self.new[i:j], self.old[k:m], strict=True)
                 for tag, i, j, k, m in self._codes if tag == "equal")  # fmt: skip
        return all(not t.is_content or t.text.lower() == o.text.lower() for one in pairs for t, o in one)

    @cached_property
    def hunks(self) -> tuple[Hunk, ...]:
        """Every place where the two differ in a word that says something."""
        found = [Hunk(self.new[i:j], self.old[k:m], i, False)
                 for tag, i, j, k, m in self._codes if tag != "equal"]  # fmt: skip
        found = [hunk for hunk in found if any(hunk.telling) or hunk.is_value]
        if not found:
            return ()
        after = self.new[found[-1].start + len(found[-1].new) :]
        last = not any(t.is_content and not t.is_value for t in after)
        return (*found[:-1], replace(found[-1], last=last))


def _time(side: tuple[Token, ...]) -> str:
    clock = [t for t in side if _CLOCK.fullmatch(t.text)]
    if any(t.is_value and not t.is_time and t not in clock for t in side):
        return ""
    return "clock" if clock else "day" if any(t.is_time for t in side) else ""


def telling(found: Iterable[Token]) -> tuple[Token, ...]:
    """Those that say something: no function words, none of the commonest words, no times."""
    return tuple(t for t in found if t.is_content and not t.is_time and t.text.lower() not in LIGHT)
