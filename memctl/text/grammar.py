"""Single keys of the tables of grammar (`memctl/data/grammar`), and which table is for a text.

One table for each language, every one with the same keys. All tables take a tenth of a second to compile, so
that what needs a key or two reads these alone.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources

from memctl.text.tongue import written

KEYS = {
    "opener": "opens a remark and says nothing of it: cut from the front",
    "shift": "begins a new subject",
    "always": "says how often: always, never, by default",
    "all": "quantifies: every, all, nobody, only",
    "keep": "asks to remember, or for all that comes: remember that, from now on, for future reference",
    "durable": "reaches beyond today: any more, no longer, next time, again",
    "ended": "says in writing that something holds no longer, or gives way: no longer, instead of, is not",
    "gone": "says in speech that it is so no longer: of `ended` what is no mere contrast",
    "prohibit": "negates, or forbids",
    "weighty": "what a mistake cannot be taken back for: secrets, backups, production",
    "negate": "turns what stands beside it into its opposite: not, never, without",
    "example": "says that what follows only illustrates: for example",
    "nobody": "of `negate` what does or undergoes something: nobody, nothing",
    "restrict": "leaves one way, or none: only, always, without, leave alone",
    "narrow": "restricts to a place, a case, a time: only, except, when",
    "within": "begins a clause that says where, or for whom, something holds",
    "changed": "says that it is new: now, moved to, as of",
    "event": "begins a clause that says when something happens, and no norm",
    "norm": "puts its clause in the mood of a norm, wherever it stands there",
    "oblige": "must, has to, required, at least",
    "why": "begins a reason that goes on to the end of its sentence",
    "reason": "gives a reason, a condition or a consequence in another way",
    "contrast": "sets one thing against another: instead of, X and not Y, even if",
    "team": "the first person plural, and where it works",
    "self": "the speaker says who they are, or what they know",
    "prefer": "the speaker likes, wants, cannot stand",
    "role": "somebody keeps something: owns, is responsible for",
    "means": "introduces the means: use, via",
    "pointer": "says where something is, or who keeps it",
    "temporal": "until, from, before",
    "deadline": "is due, ends, goes live, is on leave",
    "date": "a date or a weekday",
    "past": "asks how it was: used to, formerly; the past tense of trying, using, giving up",
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
    "withdraw": "takes back what was said a moment before: never mind, scratch that; `gone` is of a thing",
    "private": "asks not to remember what is said",
    "secret": "says that nobody is to hear of it; `private`, that nothing is to be written down",
    "pronoun": "stands for what was said: this, it, what I told you",
    "artefact": "what is worked on and saved as such: a file, a branch, no memory",
    "plan": "what is to be done now: we need to, we should, I want",
    "deictic": "points at what lies on the table: this, that one",
    "forbid": "of `prohibit` the orders, their verb included: don't add, stop adding; none of a state",
    "take": "an order to use or choose something",
    "definite": "makes what follows one thing: the, that, its, and pronouns",
    "here": "the place or the moment of speech: here, now, yet, just",
    "drop": "says to delete",
    "unsay": "says to forget that something is so",
    "record": "a note or memory, as what is deleted",
}
"""The keys of every table but `common`, and what their words do. Who hears a person speak needs other words
than who compares two written texts, so that some stand under a wider and a narrower key."""

_SPACED = ("en", "de", "es", "fr", "it", "pt")
"""Tables whose language the words of a text tell, by those that are `common`."""

_SCRIPTS = ("ja", "ko", "ru", "zh")
"""Those whose language its script tells."""

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def likely(text: str) -> list[str]:
    """The tables that may be for `text`, told by its script and its commonest words: several where these
    are as many; English where nothing tells."""
    script = written(text, _SCRIPTS)
    if script:
        return [script]
    found = shared(text, _SPACED)
    most = max(found.values())
    return [name for name, count in found.items() if count == most] if most else ["en"]


def shared(text: str, names: Iterable[str]) -> dict[str, int]:
    """How many words of `text` are common ones of each of the languages `names`."""
    words = _WORD.findall(text.lower().replace("\u2019", "'"))
    return {name: sum(word in common(name) for word in words) for name in names}


@cache
def common(name: str) -> frozenset[str]:
    """The commonest words of a language; none for one that is told by its script."""
    return frozenset(str(table(name, ("common",)).get("common", "")).split())


@cache
def pattern(name: str, key: str) -> re.Pattern[str]:
    """What finds a word of `key` in a text in the language `name`."""
    return compiled(table(name, (key,))[key], spaced=bool(common(name)))


def compiled(words: Iterable[str], *, spaced: bool) -> re.Pattern[str]:
    """What finds one of `words`, in whole words where the language has blanks between them (`spaced`)."""
    whole = "|".join(words)
    return re.compile(rf"(?<!\w)(?:{whole})(?!-?\w)" if spaced else f"(?:{whole})", re.IGNORECASE)


def table(name: str, keys: Iterable[str]) -> dict[str, list[str] | str]:
    """The entries of `keys` in the table of a language, those that it has; each is a whole line."""
    wanted = tuple(f"{key} = " for key in keys)
    return tomllib.loads("\n".join(line for line in _lines(name) if line.startswith(wanted)))


@cache
def _lines(name: str) -> list[str]:
    file = resources.files("memctl").joinpath("data", "grammar", f"{name}.toml")
    return file.read_text(encoding="utf-8").splitlines()
