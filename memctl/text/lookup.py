"""Whether any of many short words stands in a text: the first question of every table of rules."""

SHORT = 8_192
"""Characters up to which the set of a text's three-letter parts is made: it costs some hundred searches."""

KNOWN_MAX, LONG = 100_000, 64
"""Words that a table remembers as holding none of its keywords, and the length up to which it does: texts of
one folder have most of their words in common. Some 10 MB at most; a single text gains nothing by it."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


class Lookup:
    """A text to be asked for keywords. `lowered` is the text in lower case, `words` what stands between its
    blanks, `run` the length of the longest of these."""

    def __init__(self, text: str) -> None:
        self.lowered = text.lower()
        self.words = frozenset(self.lowered.split())
        self.run = max(map(len, self.words), default=0)


class Keywords:
    """The keywords of the rows of a table, asked for all at once: most texts hold none of a thousand."""

    def __init__(self, rows: "Iterable[Iterable[str]]") -> None:
        self._by_head: dict[
            str, list[tuple[str, str, int]]
        ] = {}  # by the first three letters of its longest word
        self._short: list[tuple[str, int]] = []
        self._known: set[str] = set()
        for number, keywords in enumerate(rows):
            for keyword in keywords:
                word = max(keyword.split(), key=len, default="")
                if len(word) < 3:
                    self._short.append((keyword, number))
                else:
                    self._by_head.setdefault(word[:3], []).append((word, keyword, number))
        self._heads = frozenset(self._by_head)

    def rows_in(self, lookup: Lookup) -> list[int]:
        """The numbers of the rows that have a keyword in the text, in the order of the table."""
        low = lookup.lowered
        found = {number for keyword, number in self._short if keyword in low}
        new = self._within(lookup.words - self._known)
        return sorted(found.union(number for _, keyword, number in new if keyword in low))

    def _within(self, words: "frozenset[str]") -> list[tuple[str, str, int]]:
        """The keywords whose longest word stands within one of `words`; words with none are remembered."""
        low = "\n".join(words)
        heads = self._heads
        if len(low) <= SHORT:
            heads = heads.intersection(map("".join, zip(low, low[1:], low[2:], strict=False)))
        found = [item for head in heads for item in self._by_head[head] if item[0] in low]
        if len(self._known) >= KNOWN_MAX:
            self._known.clear()
        held = {word for word, _, _ in found}
        clean = (word for word in words if not any(part in word for part in held)) if held else words
        self._known.update(word for word in clean if len(word) <= LONG)
        return found
