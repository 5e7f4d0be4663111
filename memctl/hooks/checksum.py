"""Texts that memctl puts among a person's files, each with a checksum, so that a change to one is seen.

What its checksum fits is exactly what some memctl wrote, of this version or another, and may be replaced or
removed; anything else in that place is a person's.
"""

import re
from dataclasses import dataclass
from hashlib import sha256

from memctl.errors import Refused

FORCE = "--force takes it all the same, and the diff shows what goes"


@dataclass(frozen=True)
class Form:
    """How a kind of text carries its checksum: a pattern with one group, and its name in messages."""

    title: str
    pattern: re.Pattern[str]

    def signed(self, text: str) -> str:
        """`text` with its checksum in the place that is left for it."""
        found = self._place(text)
        return text[: found[0]] + _digest(text) + text[found[1] :]

    def state(self, text: str | None, wanted: str) -> str:
        """What `text` is beside `wanted`: absent, installed, outdated, changed (by a person) or foreign."""
        if text is None:
            return "absent"
        if _plain(text) == _plain(wanted):
            return "installed"
        found = self.pattern.search(text)
        if found is None:
            return "foreign"
        blank = text[: found.start(1)] + text[found.end(1) :]
        return "outdated" if _digest(blank) == found[1] else "changed"

    def replaces(self, path: str, state: str, force: bool) -> None:
        """Raises Refused where a text of that state is a person's, unless they `force` it."""
        if state not in ("changed", "foreign") or force:
            return
        why = "was changed since it was installed" if state == "changed" else "is not memctl's"
        message = f"the {self.title} in {path} {why}; nothing was written"
        raise Refused(message, hint=FORCE, slug="exists" if state == "foreign" else "changed")

    def _place(self, text: str) -> tuple[int, int]:
        found = self.pattern.search(text)
        if found is None:
            raise ValueError(f"no place for a checksum in the {self.title}")
        return found.span(1)


def _digest(text: str) -> str:
    return sha256(_plain(text).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _plain(text: str) -> str:
    """`text` whatever its line ends: an editor or git may have turned them."""
    return text.replace("\r\n", "\n")
