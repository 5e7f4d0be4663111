"""Whether a text that stands where a secret would stand is one: not a placeholder, a name or a sentence."""

import base64
import binascii
import math
import re
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

from memctl.services.guard import secret_table as table

_CODE = re.compile(r"[()\[\]{}<>|]|=>|->|::|^\w+(?:\.[A-Za-z_]\w*)+$|^0x[0-9a-f]{1,8}$|;$", re.IGNORECASE)
_WORDS = re.compile(r"(?:(?:(?:[A-Z]?[a-z]{2,}+|[A-Z]{2,}+)++|[A-Za-z])?\d{0,4}(?:[-_./:,+ ]++|$))++")


def entropy(value: str) -> float:
    """Shannon entropy of the characters of `value`, in bits per character."""
    total = len(value)
    return -sum(n / total * math.log2(n / total) for n in Counter(value).values()) if total else 0.0


def is_placeholder(value: str) -> bool:
    """Whether `value` only stands for a secret: `xxxx`, `<YOUR_KEY>`, `…EXAMPLE`, `abcdefgh`."""
    head = value[:160]
    if table.values("placeholders").search(head) or any(k in value for k in table.table()["values"]["known"]):
        return True
    return len(head) >= 8 and (len(set(head.lower())) < 5 or _counts(head))


def _counts(value: str) -> bool:
    """Whether most characters only count up or down, as in `1234567890abcdef`."""
    steps = [ord(after) - ord(before) for before, after in pairwise(value)]
    return sum(step in (1, -1) for step in steps) > 0.7 * len(steps)


def is_reference(value: str) -> bool:
    """Whether `value` says where the secret is kept: `${VAR}`, `{{ vault }}`, `os.environ[…]`, a path."""
    return table.values("references").match(value) is not None


def is_words(value: str) -> bool:
    """Whether `value` reads as words or an identifier: `db-credentials-v2`, `accessToken`, `GITHUB_TOKEN`."""
    return _WORDS.fullmatch(value) is not None


def is_token(value: str, bits: float) -> bool:
    """Whether `value`, which has the shape of a key, is random enough, in bits per character, to be one."""
    return not is_placeholder(value) and not is_words(value) and entropy(value[:2000]) >= bits


def is_random(value: str, least: int = 16, *, quoted: bool = False) -> bool:
    """Whether `value`, of no known shape, was made by a machine: `least` characters, digits among them."""
    if len(value) < least or " " in value:
        return False
    random = "".join(part for part in re.split(r"[-_./:+=]", value) if part and not is_words(part))
    if not _has(str.isdigit, random) or not _has(str.isalpha, random):
        return False
    if len(random) < min(12, least) or entropy(random) < (3.0 if len(random) >= 16 else 2.7):
        return False
    return table.values("public").match(value) is None and _is_literal(value, quoted)


def is_password(value: str, *, quoted: bool = False) -> bool:
    """Whether `value` is a password that a person chose, rather than a word, a reference or code."""
    if len(value) < 6 or not value.isascii() or " " in value or value.lower() in table.defaults():
        return False
    return _is_chosen(value, quoted) and _is_literal(value, quoted)


def _is_chosen(value: str, quoted: bool) -> bool:
    """Whether `value` is more than one word or number of everyday text."""
    if _has(str.isdigit, value):
        return len(value) <= 16 or _has(str.isalpha, value) or _has(_is_mark, value)
    if not is_words(value):
        return _has(_is_mark, value) and (quoted or value[1:] != value[1:].lower())
    long = value.count("-") >= 3 or (value.isalpha() and len(value) >= 16)
    return quoted and value.islower() and long  # a passphrase of several words, when it is clearly a literal


def _is_literal(value: str, quoted: bool) -> bool:
    """Whether `value` stands for itself: no code, placeholder, reference or method of signing in."""
    return (quoted or _CODE.search(value) is None) and not _stands_for_something(value)


def _is_mark(char: str) -> bool:
    return char in "!@#$%^&*"


def _has(kind: Callable[[str], bool], value: str) -> bool:
    return any(map(kind, value))


def is_strong(value: str) -> bool:
    """Whether `value` mixes at least three of lower case, upper case, digits and marks."""
    return sum(_has(kind, value) for kind in (str.islower, str.isupper, str.isdigit, _is_mark)) >= 3


def is_url_password(value: str, user: str) -> bool:
    """Whether the password of a URL is a real one: no default, not the user's own name, no variable."""
    if _stands_for_something(value):
        return False
    if value.lower() in table.defaults() or value.lower() == user.lower():
        return False
    return len(value) >= 4 and not (value.isdigit() and len(value) <= 5)


def is_basic(value: str) -> bool:
    """Whether `value` is base64 of `user:password` (RFC 7617), the password being a real one."""
    try:
        login = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        return False
    user, colon, password = login.partition(":")
    if not colon or is_placeholder(value):
        return False
    return is_url_password(password or user, user if password else "")


def _stands_for_something(value: str) -> bool:
    return (
        is_placeholder(value) or is_reference(value) or table.values("methods").fullmatch(value) is not None
    )
