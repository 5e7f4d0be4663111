"""Numbers as a person writes them to choose several of a list: `1-3 5`, `7-`, `all`."""

import re

_PART = re.compile(r"(\d+)?(-)?(\d+)?")


def chosen(text: str, count: int) -> list[int]:
    """The places, from 0, that `text` names of a list of `count`, in the order of the list, each once.

    Raises ValueError with a sentence for what names none of them.
    """
    found: set[int] = set()
    for part in text.replace(",", " ").split():
        match = _PART.fullmatch(part)
        if part.lower() == "all":
            match = _PART.fullmatch("1-")
        if match is None or not (match[1] or match[3]):
            raise ValueError(f"{part}: give numbers and ranges, as in 1-3 5")
        first = int(match[1] or 1)
        last = int(match[3] or (count if match[2] else first))
        if not 1 <= first <= last <= count:
            raise ValueError(f"{part}: there are 1 to {count}")
        found.update(range(first - 1, last))
    return sorted(found)
