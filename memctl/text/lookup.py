"""Whether any of many short words stands in a text: the first question of every table of rules."""

SHORT = 8_192
"""Characters up to which the set of a text's three-letter parts is made: it costs some hundred searches."""


class Lookup:
    """A text to be asked `keyword in lookup` some thousand times. `lowered` is the text in lower case."""

    def __init__(self, text: str) -> None:
        self.lowered = low = text.lower()
        self._parts = (
            set(map("".join, zip(low, low[1:], low[2:], strict=False))) if len(low) <= SHORT else None
        )

    def __contains__(self, keyword: str) -> bool:
        if self._parts is not None and len(keyword) >= 3 and keyword[:3] not in self._parts:
            return False
        return keyword in self.lowered
