"""The words by which a statement says how it stands to an earlier one: that something ended, that it
changed, that it holds in one place or for a time alone, that it forbids.

They stand in the tables of grammar (`memctl/data/grammar`), under keys of which only the lines are read that
are needed: all tables take a tenth of a second to compile.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

KEYS = {
    "ended": "says that something holds no longer, or gives way: no longer, instead of, is not",
    "changed": "says that it is new: now, moved to, as of",
    "narrow": "restricts to a place, a case, a time: only, except, when",
    "once": "is about the present alone: for now, this time",
    "prohibit": "negates or forbids",
    "negate": "turns what stands beside it into its opposite: not, never, without",
    "always": "says how often: always, never",
    "oblige": "must, has to",
    "norm": "puts its clause in the mood of a norm",
    "reported": "somebody else says so",
    "date": "a date or a weekday",
    "contrast": "sets one thing against another: instead of, X and not Y",
    "role": "somebody keeps something: owns, is responsible for",
    "means": "introduces the means: use, via",
    "decide": "a decision, or what binds",
}
"""The keys that are read, and what their words do."""

_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
)

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


@dataclass(frozen=True)
class Cues:
    """The patterns of one language by key, and its commonest words."""

    patterns: dict[str, re.Pattern[str]]
    common: frozenset[str]

    def has(self, key: str, text: str) -> bool:
        """Whether a word of `key` stands in `text`."""
        return self.patterns[key].search(text) is not None

    def all(self, key: str, text: str) -> list[re.Match[str]]:
        """Every word of `key` in `text`."""
        return list(self.patterns[key].finditer(text))


def of(text: str) -> Cues:
    """The cues of the language of `text`, told by its script and its commonest words; English where nothing
    tells."""
    for name, script in _SCRIPTS:
        if script.search(text):
            return _compiled(name)
    words = _WORD.findall(text.lower())
    common = {name: sum(word in known for word in words) for name, known in _common().items()}
    return _compiled(max(common, key=lambda name: (common[name], name == "en")))


@cache
def _common() -> dict[str, frozenset[str]]:
    tables = {name: _table(name).get("common", "") for name in ("en", "de", "es", "fr", "it", "pt")}
    return {name: frozenset(str(words).split()) for name, words in tables.items()}


@cache
def _compiled(name: str) -> Cues:
    table = _table(name)
    whole = r"(?<!\w)(?:{})(?!-?\w)" if "common" in table else "(?:{})"
    patterns = {key: re.compile(whole.format("|".join(table[key])), re.IGNORECASE) for key in KEYS}
    return Cues(patterns, frozenset(str(table.get("common", "")).split()))


@cache
def _table(name: str) -> dict[str, list[str] | str]:
    """The lines of a table that are used here; each is a whole entry."""
    file = resources.files("memctl").joinpath("data", "grammar", f"{name}.toml")
    wanted = tuple(f"{key} = " for key in ("common", *KEYS))
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith(wanted)]
    return tomllib.loads("\n".join(lines))
