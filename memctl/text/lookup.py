"""Whether any of many short words stands in a text: the first question of every table of rules."""

SHORT = 8_192
"""Characters up to which the set of a text's three-letter parts is made: it costs some hundred searches."""


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Lookup:
    """A text to be asked for keywords. `lowered` is the text in lower case, `parts` its three-letter
    parts."""

    def __init__(self, text: str) -> None:
        self.lowered = low = text.lower()
        self.parts = (
            set(map("".join, zip(low, low[1:], low[2:], strict=False))) if len(low) <= SHORT else None
        )


class Keywords:
    """The keywords of the rows of a table, asked for all at once: most texts hold none of a thousand."""

    def __init__(self, rows: "Iterable[Iterable[str]]") -> None:
        self._by_head: dict[str, list[tuple[str, int]]] = {}  # by the first three letters; shorter ones by ""
        for number, keywords in enumerate(rows):
            for keyword in keywords:
                head = keyword[:3] if len(keyword) >= 3 else ""
                self._by_head.setdefault(head, []).append((keyword, number))
        self._heads = frozenset(self._by_head)

    def rows_in(self, lookup: Lookup) -> list[int]:
        """The numbers of the rows that have a keyword in the text, in the order of the table."""
        heads = self._heads if lookup.parts is None else {"", *(lookup.parts & self._heads)}
        low = lookup.lowered
        return sorted(
            {number for head in heads for keyword, number in self._by_head.get(head, ()) if keyword in low}
        )
