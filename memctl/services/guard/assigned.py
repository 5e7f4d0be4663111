"""Secrets that have no shape of their own: what stands after `password =`, `api_key:`, `密码是`."""

import re
from collections.abc import Iterator
from functools import cache

from memctl.services.guard import secret_table as table
from memctl.services.guard import secret_values as values

ABOUT = {
    "password": "password written out",
    "generic-key": "key or token written out",
    "login": "user name and password written out",
}
"""Rule ids of this module and what they find."""

_PLAIN = ("pass", "pw", "key", "token", "secret", "wort", "contrase", "senha", "credential", "clave", "cl")
_QUOTED = (
    "[brfuBRFU]{0,2}(?:\"([^\"\\n]{4,400})\"|'([^'\\n]{4,400})'|`([^`\\n]{4,400})`"
    "|“([^”\\n]{4,400})”|「([^」\\n]{4,400})」)"
)
_BARE = r"([^\s\"'`,;<>|，。；、！？）】」”]{4,400})"
_QUOTES = 6  # the groups before the one of _BARE: the gap, and five kinds of quotation marks

_SAYS = re.compile(
    r"(?![A-Za-z0-9_])"
    r"(?:[ \t]?[(（][^()（）\n]{1,30}[)）])?"  # password (staging)
    r"(?:(?:[ \t](?:for|of|to|on|in|at|here|used)\b[^\n:=：]{1,40}?)?"  # password for the admin account
    r"[\"'`*_\])]{0,4}"  # the end of a quoted key, of bold letters, of an index
    r"(?:[ \t]{0,3}:[ \t]{0,3}&?(?:str|string|String|bytes|text)\b(?=[ \t]{0,3}=))?"  # a type
    r"(?:[ \t]{0,12}(?:=>|:=|===?|=|:|：|->|→|\|)[ \t]{0,12}[*_]{0,2}[ \t]{0,2}"
    r"|[ \t]{1,4}(?:is|was|equals|ist|est|es)(?: now)?(?: set to)?:?[ \t]{1,4}"
    r"|[ \t]{1,4}(?:is )?(?:set|changed) to[ \t]{1,4}"
    r"|[ \t]{0,4}(?:是|为|為|は|는|은)[ \t:：]{0,4})"
    r"|(?P<gap>[ \t]{1,2}))"
    rf"(?:{_QUOTED}|{_BARE})"
)


@cache
def _names() -> re.Pattern[str]:
    names = table.table()["names"]
    kinds = [f"(?P<{kind}>{table.any_of(names[kind])})" for kind in ("password", "token", "weak")]
    return re.compile("|".join(kinds))


@cache
def _before(which: str) -> re.Pattern[str]:
    return re.compile(rf"{table.any_of(table.table()['names'][which])}[ _-]?$")


@cache
def _login() -> re.Pattern[str]:
    return re.compile(
        f"(?i:{table.any_of(table.table()['names']['login'])})"
        r"(?:[ \t](?:are|is|with|as|for[^\n:=]{1,30}))?[ \t]?[:=：]?[ \t]{0,3}"
        r"[\"'`]?([A-Za-z0-9][\w.@+-]{1,63})[\"'`]?(?: ?[/:] ?)[\"'`]?([^\s\"'`,;，。]{6,128})"
    )


def find(text: str, lowered: str) -> Iterator[tuple[str, int, int]]:
    """Rule id, start and end of each secret behind a name for one; `lowered` is `text.lower()`."""
    if len(lowered) != len(text):  # a letter whose lower case is longer: offsets would drift
        lowered = text
    if not text.isascii() or any(keyword in lowered for keyword in _PLAIN):
        for name in _names().finditer(lowered):
            if _is_secret_name(lowered, name):
                yield from _assigned(text, name)
    if not text.isascii() or any(keyword in lowered for keyword in ("cred", "login", "log in", "sign in")):
        for match in _login().finditer(text):
            if values.is_strong(match.group(2)) and values.is_password(match.group(2)):
                yield ("login", *match.span(2))


def _assigned(text: str, name: re.Match[str]) -> Iterator[tuple[str, int, int]]:
    says = _SAYS.match(text, name.end())
    if says is None:
        return
    group = says.lastindex or 0
    value, start, quoted = says.group(group), says.start(group), group <= _QUOTES
    if not quoted:
        value = _bare(value)
    strict = says.group("gap") is not None or name.lastgroup == "weak"  # no more than a guess: be sure
    if name.lastgroup != "token":
        literal = quoted or _is_variable(text, name)
        if values.is_password(value, quoted=literal) and not (strict and not values.is_strong(value)):
            yield "password", start, start + len(value)
    elif values.is_random(value, 24 if strict else 10 if quoted else 16, quoted=quoted):
        yield "generic-key", start, start + len(value)


def _is_secret_name(lowered: str, name: re.Match[str]) -> bool:
    """Whether a `token` is none of those that open nothing, and a `key` is one that opens something."""
    if name.lastgroup != "token":
        return True
    before = lowered[max(0, name.start() - 16) : name.start()]
    if name.group() == "key":
        return _before("keys").search(before) is not None
    return _before("harmless").search(before) is None


def _is_variable(text: str, name: re.Match[str]) -> bool:
    """Whether it is written as in a shell or an .env file, where a value needs no quotation marks."""
    return text[name.start() : name.end()].isupper() and text[name.end() : name.end() + 1] == "="


def _bare(value: str) -> str:
    """`value` without the punctuation of its sentence, or what follows it in `Abc12345请勿外传`."""
    head = re.match(r"[\x21-\x7e]*", value)
    cut = head.group() if head else ""
    if cut != value and not values.is_strong(cut):
        return ""
    return cut.rstrip(".,:;)]}" if values.is_strong(cut) else ".,:;!?)]}")
