"""Names for new topic files: one path segment that means the same on every file system, to every reader.

A bad name is refused and never repaired: what a person or a model asked for is either exactly what is
written or not written at all.
"""

import unicodedata
from collections.abc import Iterable, Iterator

from memctl.domain.finding import Finding
from memctl.domain.memory import INDEX, stem
from memctl.text.escape import escape

MAX_BYTES = 200
"""Bytes of the file name with `.md`, below the 255 of common file systems: room for a temporary name."""

_DEVICES = {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"}
_DEVICES |= {f"{port}{digit}" for port in ("com", "lpt") for digit in "0123456789¹²³"}
"""Names that Windows gives to devices, whatever their extension (Microsoft, Naming Files)."""

_LOOKS_LIKE = str.maketrans(
    # Cyrillic, Greek and Armenian letters that are drawn as Latin ones (Unicode TR39, confusables), and the
    # two digits that are drawn as letters.
    "авеѕіјкмнорсԁԛтухһԝѵүґɡαβεζηικμνορτυχγωϲ" + "ոսհց" + "01" + "ı",
    "abesijkmhopcdqtyxhwvyrgabezhikuvoptuxywc" + "nuhg" + "ol" + "i",
)

_DRAWN = {**_LOOKS_LIKE, **dict.fromkeys(map(ord, " \t\n\r\v\f\x1c\x1d\x1e\x1f"))}
"""The same, and all blanks left out."""


def check_name(name: str, existing_files: Iterable[str] = ()) -> list[Finding]:
    """What is wrong with `name` (no folder, no `.md`) for a new memory beside `existing_files`.

    `existing_files` are paths relative to the memory directory; `name` being one of them exactly is no
    finding, since that is an update. Every finding is an error.
    """
    found = list(_shape(name))
    return found or list(_collisions(name, existing_files))


def _error(kind: str, message: str, repair: str) -> Finding:
    return Finding(f"name.{kind}", "error", message, repair=repair)


def _shape(name: str) -> Iterator[Finding]:
    shown = escape(name[:80])
    if not any(char.isalnum() for char in name):
        yield _error("empty", f"the name '{shown}' has no letter or digit", "give a name in words")
        return
    bad = next((index for index, _ in enumerate(name) if not _is_allowed(name, index)), None)
    if bad is not None:
        char = escape(name[bad]) if name[bad] != " " else "a space at its end"
        yield _error(
            "character",
            f"the name '{shown}' holds {char}, which a file name here may not",
            "use letters and digits of any script, spaces, '_' and '-'; no dot, slash or hidden character",
        )
    if name[0] == "-":
        yield _error("hyphen", f"the name '{shown}' starts with '-' and reads as an option", "drop the '-'")
    if bad is None and unicodedata.normalize("NFC", name) != name:
        yield _error(
            "normal-form", f"the name '{shown}' is not in Unicode normal form C", "normalise it to NFC"
        )
    if len(f"{name}.md".encode("utf-8", "surrogatepass")) > MAX_BYTES:
        yield _error("length", f"the name is longer than {MAX_BYTES} bytes with '.md'", "give a shorter name")
    yield from _reserved(name, shown)


def _reserved(name: str, shown: str) -> Iterator[Finding]:
    plain = unicodedata.normalize("NFKC", name).casefold().strip()
    if plain in _DEVICES or name.casefold() in _DEVICES:
        yield _error("reserved", f"the name '{shown}' is a device on Windows", "give another name")
    elif looks(name) == looks(stem(INDEX)):
        yield _error("reserved", f"the name '{shown}' reads as the index, {INDEX}", "give another name")


def _is_allowed(name: str, index: int) -> bool:
    """Whether the character at `index` is a letter, digit, mark on a letter, '_', '-' or an inner space."""
    char = name[index]
    if char in "_-":
        return True
    if char == " ":
        return 0 < index < len(name) - 1
    category = unicodedata.category(char)
    if category in ("Mn", "Mc"):
        return index > 0 and unicodedata.category(name[index - 1])[0] in "LM" and escape(char) == char
    return (category[0] == "L" or category in ("Nd", "Nl")) and escape(char) == char


def _collisions(name: str, existing_files: Iterable[str]) -> Iterator[Finding]:
    file = f"{name}.md"
    wanted, drawn = folded(name), looks(name)
    for other in _nearly(drawn, list(existing_files)):
        if other == file or "/" in other:
            continue
        shown = escape(other)
        if folded(stem(other)) == wanted:
            yield _error(
                "case", f"'{name}' and {shown} differ only in case or normal form", f"update {shown}"
            )
        elif looks(stem(other)) == drawn:
            yield _error(
                "lookalike", f"'{name}' looks the same as {shown}", "give a name that reads differently"
            )


def _nearly(drawn: str, files: list[str]) -> list[str]:
    """Those of `files` that may look like `drawn`: names in ASCII are asked for all at once, since there may
    be very many."""
    together = "\0".join(["", *(file for file in files if file.isascii()), ""]).lower().translate(_DRAWN)
    if f"\0{drawn.translate(_DRAWN)}.md\0" in together:
        return files
    return [file for file in files if not file.isascii()]


def folded(name: str) -> str:
    """`name` without regard to case and normal form: equal where a file system may take two for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def looks(name: str) -> str:
    """What `name` looks like: equal for two names that a reader takes for the same."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(plain.translate(_LOOKS_LIKE).split())
