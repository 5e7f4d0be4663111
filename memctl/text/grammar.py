"""Single keys of the tables of grammar (`memctl/data/grammar`), and in which language a short text is.

All tables take a tenth of a second to compile, so that what needs a key or two reads these alone.
"""

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib import resources

_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("zh", re.compile(r"[\u4e00-\u9fff]")),
)

_LATIN = ("en", "de", "es", "fr", "it", "pt")

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def likely(text: str) -> list[str]:
    """The tables that may be for `text`, told by its script and its commonest words: several where these
    are as many; English where nothing tells."""
    for name, script in _SCRIPTS:
        if script.search(text):
            return [name]
    words = _WORD.findall(text.lower())
    shared = {name: sum(word in common(name) for word in words) for name in _LATIN}
    most = max(shared.values())
    return [name for name, count in shared.items() if count == most] if most else ["en"]


@cache
def common(name: str) -> frozenset[str]:
    """The commonest words of a language; none for one that is told by its script."""
    return frozenset(str(table(name, ("common",)).get("common", "")).split())


@cache
def pattern(name: str, key: str) -> re.Pattern[str]:
    """What finds a word of `key` in a text in the language `name`."""
    whole = r"(?<!\w)(?:{})(?!-?\w)" if common(name) else "(?:{})"
    return re.compile(whole.format("|".join(table(name, (key,))[key])), re.IGNORECASE)


def table(name: str, keys: Iterable[str]) -> dict[str, list[str] | str]:
    """The entries of `keys` in the table of a language, those that it has; each is a whole line."""
    file = resources.files("memctl").joinpath("data", "grammar", f"{name}.toml")
    wanted = tuple(f"{key} = " for key in keys)
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith(wanted)]
    return tomllib.loads("\n".join(lines))
