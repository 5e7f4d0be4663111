"""One statement of a person, and what a memory of it is: type, body, description, name.

Nothing is invented: the body is the person's own sentences, and **Why:** stands there only when they gave a
reason.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from memctl.domain.memory import DESCRIPTION_MAX
from memctl.domain.proposal import Evidence
from memctl.services.learn.gist import heading
from memctl.services.learn.languages import HAN, HANGUL, KANA, spoken


@dataclass(frozen=True)
class Statement:
    """What a person said once: the fact, its reason where it was given last, and the sentences that say
    it."""

    rule: str
    type: str
    fact: str
    why: str
    quotes: tuple[Evidence, ...]
    changes: bool = False  # it says that something is no longer so, or is another way than before
    agrees: str = ""  # what the agent had proposed, where the person's yes says little without it


_EMPTY = frozenset(
    """a an the to of in on at is are was be do does did it this that these those them they he she we you i me
    my our your always never again ever anymore any more please don't dont not no from now next time just so
    and or but if when then remember forget stop want decided agreed sure let's here there thing things stuff
    something anything everything what how one ones ok okay well yes too also""".split()
)


_WIDE = re.compile("|".join(script.pattern for script in (HAN, KANA, HANGUL)))


def has_content(text: str) -> bool:
    """Whether a fact says something by itself: "never do that again" does not."""
    wide = sum(len(script.findall(text)) for script in (HAN, KANA, HANGUL))
    if wide >= 4:
        return True
    narrow = _WIDE.sub(" ", text.lower().replace("\u2019", "'"))
    found = re.findall(r"[\w'./-]{2,}", narrow)
    words = [word for word in (one.strip("./-'") for one in found) if word and word not in _EMPTY]
    return len(words) + (wide >= 2) >= 2 or any(c in word for word in words for c in "./_-")


def tidy(text: str) -> str:
    """One line, as a sentence: first letter large, closed by a full stop, whatever was shouted."""
    line = " ".join(text.split()).strip(" ,;:：，、-–—\"'").strip()
    if not line:
        return line
    first = line.split(" ", 1)[0]
    if line[0].islower() and first.replace("'", "").replace("\u2019", "").isalpha():
        line = line[0].upper() + line[1:]
    line = re.sub(r"(?<=\w)!+\Z", ".", line)
    if line[-1] in ".!。！`)":
        return line
    line = re.sub(r"[?\uff1f\s]+\Z", "", line)
    return line + ("。" if (HAN.search(line) and not line[-1].isascii()) or KANA.search(line) else ".")


_NORM = frozenset(("mood", "rule", "keep", "prefer", "prohibit", "refused"))


def kind(found: frozenset[str]) -> str:
    """The type of a memory by the marks of its statement: where something is, who the person is, what is so
    or was decided until when, and what the agent is to do."""
    if "place" in found and "rule" not in found:
        return "reference"
    if found & {"deadline", "dated", "decide"}:
        return "project"
    if "self" in found and "rule" not in found:
        return "user"
    if found & {"team", "pointer"} and not found & {"rule", "mood"}:
        return "project"
    return "feedback" if found & _NORM else "project"


def body(statement: Statement) -> str:
    """The memory's text: the fact, and the reason when the person gave it."""
    parts = [statement.fact]
    if statement.agrees:
        parts.append(f"**Agrees with:** {statement.agrees}")
    if statement.why:
        parts.append(f"**Why:** {statement.why}")
    return "\n\n".join(parts) + "\n"


def _said(statement: Statement) -> str:
    """The fact; of a bare yes what the agent had proposed, and the yes."""
    bare = statement.agrees and not has_content(statement.fact)
    return f"{statement.agrees} {statement.fact}" if bare else statement.fact


def description(statement: Statement) -> str:
    """One line for the selector: the fact, with what it agrees to where it says little by itself, cut at a
    word where it is longer than a description may be."""
    line = " ".join(_said(statement).replace("\n- ", " ").split())
    if len(line) <= DESCRIPTION_MAX:
        return line
    cut = line[: DESCRIPTION_MAX - 1]
    at_word = cut.rfind(" ")
    return (cut[:at_word] if at_word > DESCRIPTION_MAX // 2 else cut).rstrip(" ,;:") + "…"


NAME_WORDS = 5
"""Words of a memory's name."""


def slug(statement: Statement, taken: Collection[str]) -> str:
    """A file name's stem from the words of content of what is said, letters of any script kept; "-2", "-3"
    when it is among the casefolded `taken`."""
    from slugify import slugify

    text = _said(statement).split("\n", 1)[0].replace("\u2019", "'")
    options: dict[str, Any] = {
        "allow_unicode": True,
        "max_length": 48,
        "word_boundary": True,
        "save_order": True,
    }
    words = heading(spoken(text), text, NAME_WORDS)
    base = slugify(" ".join(words).replace("'", ""), **options) or slugify(text, **options) or "statement"
    number, name = 2, base
    while name.casefold() in taken or name.casefold() in ("memory", "index"):
        name, number = f"{base}-{number}", number + 1
    return name
