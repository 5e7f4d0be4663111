"""What the grammatical words of each language are, compiled, and which language a message is in.

One table for each language in `memctl/data/grammar`, every one with the same keys. They hold words of grammar
(negation, modals, quantifiers, conjunctions, pronouns, time), not of any subject; which of them make a
statement is weighed in `marks`, alike for all languages.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from memctl.text.tongue import tongues

KEYS = {
    "opener": "opens a remark and says nothing of it: cut from the front",
    "shift": "begins a new subject",
    "always": "says how often: always, never, by default",
    "all": "quantifies: every, all, nobody, only",
    "keep": "asks to remember, or for all that comes: remember that, from now on, for future reference",
    "durable": "reaches beyond today: any more, no longer, next time, again",
    "gone": "says that something is so no longer, or was replaced; never a mere now, from now on, instead of",
    "prohibit": "negates, or forbids",
    "negate": "turns what stands beside it into its opposite: not, never, without",
    "example": "says that what follows only illustrates: for example",
    "nobody": "nobody and nothing, as what does or undergoes something",
    "restrict": "leaves one way, or none: only, always, without, leave alone",
    "narrow": "restricts to a place, a case, a time: only, except, when",
    "event": "begins a clause that says when something happens, and no norm",
    "norm": "puts its clause in the mood of a norm, wherever it stands there",
    "oblige": "must, has to, required, at least",
    "why": "begins a reason that goes on to the end of its sentence",
    "reason": "gives a reason, a condition or a consequence in another way",
    "contrast": "sets one thing against another: instead of, X and not Y, even if",
    "team": "the first person plural, and where it works",
    "self": "the speaker says who they are, or what they know",
    "prefer": "the speaker likes, wants, cannot stand",
    "pointer": "says where something is, or who keeps it",
    "temporal": "until, from, before",
    "deadline": "is due, ends, goes live, is on leave",
    "date": "a date or a weekday",
    "past": "asks how it was: used to, formerly; the past tense with a verb of trying, using, giving up",
    "decide": "a decision, and what binds: contract, law, policy",
    "once": "about the present task only: for now, this time, in this file",
    "scope": "begins a clause about one thing: for this release, this time",
    "personal": "the speaker's family, health and pay",
    "unreal": "a hypothesis, a doubt, a thought",
    "reported": "somebody else says so",
    "ask": "a request: can you, show me, let's",
    "query": "begins a question (ends one in Korean, Japanese and Chinese)",
    "agree": "opens a yes",
    "refuse": "opens a no",
    "moment": "reports what just happened: works, failed, thanks",
    "withdraw": "takes back what was said before",
    "private": "asks not to remember what is said",
    "secret": "says that nobody is to hear of it",
    "pronoun": "stands for what was said: this, it, what I told you",
    "artefact": "what is worked on and saved as such: a file, a branch, no memory",
    "plan": "what is to be done now: we need to, we should, I want",
    "deictic": "points at what lies on the table: this, that one",
    "forbid": "an order not to do something, its verb included: don't add, stop adding; none of a state",
    "take": "an order to use or choose something",
    "definite": "makes what follows one thing: the, that, its, and pronouns",
    "here": "the place or the moment of speech: here, now, yet, just",
    "drop": "says to delete",
    "unsay": "says to forget that something is so",
    "record": "a note or memory, as what is deleted",
}
"""The keys of every table, and what their words do."""


@dataclass(frozen=True)
class Language:
    """A language by its ISO 639-1 code: its patterns by key, and the words by which a sentence is taken for
    it."""

    code: str
    patterns: dict[str, re.Pattern[str]]
    common: frozenset[str]

    @property
    def is_english(self) -> bool:
        """Whether this is the table of English."""
        return self.code == "en"

    def has(self, key: str, text: str) -> bool:
        """Whether a word of `key` stands in `text`."""
        return self.patterns[key].search(text) is not None

    def starts(self, key: str, text: str) -> re.Match[str] | None:
        """The word of `key` with which `text` begins, at its very first character."""
        return self.patterns[key].match(text)

    def opens(self, key: str, text: str) -> re.Match[str] | None:
        """The word of `key` with which `text` begins, whatever marks stand before it."""
        return self.patterns[key].match(text.lstrip(" >*-–—,.!¡¿…"))


@cache
def languages() -> dict[str, Language]:
    """The tables by language, compiled once."""
    folder = resources.files("memctl").joinpath("data", "grammar")
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    codes = [file.name.removesuffix(".toml") for file in files]
    return {
        code: _language(code, tomllib.loads(file.read_text(encoding="utf-8")))
        for code, file in zip(codes, files, strict=True)
    }


def _language(code: str, table: dict[str, list[str] | str]) -> Language:
    common = frozenset(str(table.get("common", "")).split())
    patterns = {}
    for key in KEYS:
        words = "|".join(table[key])
        whole = rf"(?<!\w)(?:{words})(?!-?\w)" if common else f"(?:{words})"
        patterns[key] = re.compile(whole, re.IGNORECASE)
    return Language(code, patterns, common)


KANA = re.compile(r"[\u3040-\u30ff]")
HAN = re.compile(r"[\u4e00-\u9fff]")
HANGUL = re.compile(r"[\uac00-\ud7af]")

SPOKEN_MAX = 4_000
"""Characters of a message by which its language is told."""


_MASKED = re.compile(r"x{4,}")
"""A quotation, or code, in the place of which `sentences` puts as many letters."""


def spoken(text: str) -> Language:
    """The language of a message among the tables, quotations and code masked; English where nothing tells.

    Where its function words fit several about equally (Spanish and Portuguese share many), the table decides
    of whose common words it has more.
    """
    text = _MASKED.sub(" ", text)[:SPOKEN_MAX]
    near = tongues(text, languages()) or list(languages())
    if len(near) > 1:
        words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.lower().replace("\u2019", "'"))
        near.sort(key=lambda name: (_shared(name, words), name == "en"), reverse=True)
    return languages()[near[0]]


def _shared(name: str, words: Iterable[str]) -> int:
    """How many of `words` are common ones of the language `name`."""
    return sum(word in languages()[name].common for word in words)
