"""Names and descriptions: made from the text when not given, and judged by what a selector needs.

A selector reads one line per memory, so that line must say what the memory is about in the words in which
it will be asked for.
"""

import re
from collections.abc import Iterable

from memctl.domain.memory import DESCRIPTION_MAX
from memctl.text.stops import STOP, WIDE_STOP

NAME_MAX = 40
"""Characters of a name made from a text; a person may give a longer one."""

_VAGUE = frozenset(
    """note notes memo memory misc miscellaneous info information stuff things important todo update updates
    details various general preferences preference feedback project user reference something data summary
    remember this about the a an of my our some and to for text file 笔记 备忘 信息 重要 记录""".split()
)
_SENTENCE = re.compile(rf"{STOP}\s+|{WIDE_STOP}\s*|\n")
_MARKUP = re.compile(r"^\s*(?:#{1,6}\s+|[-*+]\s+|>\s+|\d+[.)]\s+)|\*\*|__|`")


def first_line(text: str, *, prose: bool = False) -> str:
    """The first line of `text` that says something, without Markdown marks; `prose` passes over headings."""
    for line in text.split("\n"):
        if prose and line.lstrip().startswith("#"):
            continue
        plain = " ".join(_MARKUP.sub("", line).split())
        if any(c.isalnum() for c in plain):
            return plain
    return ""


def make_description(text: str) -> str:
    """The first sentence of `text`, cut at a word when it is over DESCRIPTION_MAX characters."""
    line = first_line(text, prose=True) or first_line(text)
    return _cut(_SENTENCE.split(line, maxsplit=1)[0].strip())


def _cut(sentence: str) -> str:
    if len(sentence) <= DESCRIPTION_MAX:
        return sentence
    cut = sentence[: DESCRIPTION_MAX - 1]
    at_word = cut.rfind(" ")
    return (cut[:at_word] if at_word > DESCRIPTION_MAX // 2 else cut).rstrip(" ,;:") + "…"


def make_name(texts: Iterable[str], taken: Iterable[str]) -> str:
    """A slug for the first of `texts` that gives one, letters of any script kept; `-2`, `-3`, ... when it is
    taken. May be ""."""
    base = next(filter(None, map(slug, texts)), "")
    used = "\0".join(["", *taken, "memory", ""]).casefold()  # one text, since there may be very many
    if not base or f"\0{base.casefold()}\0" not in used:
        return base
    number = 2
    while f"\0{base.casefold()}-{number}\0" in used:
        number += 1
    return f"{base}-{number}"


def slug(text: str) -> str:
    """The first sentence of `text` as a name, at most NAME_MAX characters; "" where it has no letter."""
    from slugify import slugify

    sentence = _SENTENCE.split(first_line(text), maxsplit=1)[0]
    return slugify(sentence, allow_unicode=True, max_length=NAME_MAX, word_boundary=True, save_order=True)


def check(description: str, others: Iterable[tuple[str, str]]) -> list[str]:
    """What keeps `description` from being found: empty, vague, too long, or equal to another's.

    `others` are (name, description) of the other memories. Each answer is a sentence.
    """
    said = " ".join(description.split())
    if not said:
        return ["the description is empty, so a selector cannot judge this memory"]
    trouble = []
    if _is_vague(said):
        trouble.append(f"the description {said!r} is vague: say what it is about and when it matters")
    if len(said) > DESCRIPTION_MAX:
        trouble.append(
            f"the description has {len(said)} characters; what is over {DESCRIPTION_MAX} is cut in the index"
        )
    folded = said.casefold()
    equal = [name for name, text in others if " ".join(text.split()).casefold() == folded]
    if equal:
        trouble.append(f"the description is the same as that of {', '.join(equal[:3])}")
    return trouble


def _is_vague(description: str) -> bool:
    words = [w for w in re.findall(r"\w+", description.casefold()) if w not in _VAGUE and not w.isdigit()]
    han = sum(1 for c in description if "\u3040" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7af")
    return not words or (
        len(words) < 2 and han < 4 and len(words[0]) < 12 and not _is_identifier(description)
    )


def _is_identifier(description: str) -> bool:
    return any(c in description for c in "_./:-") or any(c.isupper() for c in description[1:])
