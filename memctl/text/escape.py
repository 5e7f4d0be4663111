"""Characters that a reader cannot see, or that move the cursor, made visible as `\\u{XXXX}`.

A memory, a file name or a model's answer may hold a terminal escape, a bidi override or a sentence written
in invisible tag characters. What memctl prints and what it puts before a model goes through `escape`, on
terminals and pipes alike; the guard asks `kind` for the same characters before a write. Characters that
honest text needs stay: joiners inside emoji and inside Indic and Arabic words, emoji variation selectors,
the flags of England, Scotland and Wales, ideographic variants.

On the hot path: imports nothing. The ranges are Unicode's Default_Ignorable_Code_Point, Bidi_Control and
the controls Cc, Zl, Zp and Cs (Unicode 15, DerivedCoreProperties.txt and PropList.txt).
"""

_RANGES = (
    (0x0000, 0x001F, "control"),
    (0x007F, 0x009F, "control"),
    (0x00AD, 0x00AD, "invisible"),  # soft hyphen
    (0x034F, 0x034F, "invisible"),  # combining grapheme joiner
    (0x061C, 0x061C, "bidi"),
    (0x115F, 0x1160, "invisible"),  # Hangul fillers
    (0x17B4, 0x17B5, "invisible"),
    (0x180B, 0x180F, "variation"),  # Mongolian
    (0x200B, 0x200D, "zero-width"),
    (0x200E, 0x200F, "bidi"),
    (0x2028, 0x2029, "separator"),
    (0x202A, 0x202E, "bidi"),
    (0x2060, 0x2065, "zero-width"),
    (0x2066, 0x2069, "bidi"),
    (0x206A, 0x206F, "invisible"),
    (0x3164, 0x3164, "invisible"),
    (0xFE00, 0xFE0F, "variation"),
    (0xFEFF, 0xFEFF, "zero-width"),
    (0xFFA0, 0xFFA0, "invisible"),
    (0xFFF0, 0xFFFB, "invisible"),
    (0xFFFE, 0xFFFF, "invisible"),
    (0x1BCA0, 0x1BCA3, "invisible"),
    (0x1D173, 0x1D17A, "invisible"),
)
_TAGS = 0xE0000
_TAGS_END = 0xE0FFF
_VARIATIONS = range(0xE0100, 0xE01F0)
_SURROGATES = range(0xD800, 0xE000)

_FLAG = "\U0001f3f4"
_FLAGS = ("gbeng", "gbsct", "gbwls")  # the only tag sequences that Unicode recommends for interchange

_JOINING = (
    (0x0600, 0x08FF),  # Arabic, Syriac, Thaana, N'Ko and their extensions
    (0x0900, 0x0DFF),  # the Indic scripts from Devanagari to Sinhala
    (0x1000, 0x109F),  # Myanmar
    (0x1780, 0x17FF),  # Khmer
    (0x1800, 0x18AF),  # Mongolian
    (0x1B00, 0x1BFF),  # Balinese, Sundanese, Batak
    (0xA840, 0xA8FF),  # Phags-pa, Saurashtra, Devanagari extended
    (0xA980, 0xA9FF),  # Javanese, Myanmar extended
    (0xFB50, 0xFDFF),  # Arabic presentation forms
    (0xFE70, 0xFEFC),
    (0x10A60, 0x10EFF),
    (0x11000, 0x11FFF),  # Brahmi and its many children
)
_EMOJI = (
    (0x00A9, 0x00A9), (0x00AE, 0x00AE), (0x203C, 0x203C), (0x2049, 0x2049), (0x2122, 0x2122),
    (0x2139, 0x2139), (0x2190, 0x21FF), (0x2300, 0x23FF), (0x2460, 0x24FF), (0x25A0, 0x27BF),
    (0x2900, 0x297F), (0x2B00, 0x2BFF), (0x3030, 0x303D), (0x3297, 0x3299), (0x1F000, 0x1FAFF),
)  # fmt: skip
_IDEOGRAPHS = ((0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
_VARYING = (*_IDEOGRAPHS, (0x2200, 0x22FF), (0x2A00, 0x2AFF), (0x3000, 0x303F), (0xFF00, 0xFF60), *_JOINING)

_suspects: dict[int, str] = {}
_tables: dict[str, dict[int, str]] = {}


def escape(text: str, *, keep: str = "") -> str:
    """`text` with every character that hides or steers shown as `\\u{XXXX}`.

    `keep` names controls that stay, e.g. `"\\n\\t"` for a body; where it holds a newline, the CR of a CRLF
    stays too. The answer can always be encoded as UTF-8.
    """
    if text.isascii():
        return text if text.isprintable() else _escape_ascii(text, keep)
    found = hidden(text, keep=keep)
    if not found:
        return text
    parts: list[str] = []
    start = 0
    for index, _ in found:
        parts += (text[start:index], _shown(ord(text[index])))
        start = index + 1
    parts.append(text[start:])
    return "".join(parts)


def shell_word(name: str) -> str:
    """`name`, escaped, as a person types it: one word of a command line in a hint, whatever it holds."""
    import shlex

    return shlex.quote(escape(name))


def hidden(text: str, *, keep: str = "") -> list[tuple[int, str]]:
    """Index and kind of every character of `text` that `escape` would show; kinds are those of `kind`."""
    suspects = {char for char in set(text) - set(keep) if not " " <= char <= "~" and suspect(char)}
    if "\r" in suspects and "\n" in keep and text.count("\r") == text.count("\r\n"):
        suspects.remove("\r")
    if not suspects:
        return []
    return [
        (index, what)
        for index, char in enumerate(text)
        if char in suspects
        and (what := kind(text, index)) is not None
        and not (char == "\r" and "\n" in keep and text[index + 1 : index + 2] == "\n")
    ]


def kind(text: str, index: int) -> str | None:
    """What is wrong with the character at `index`, judged by its neighbours; None when it may stand.

    One of "control", "bidi", "zero-width", "invisible", "variation", "separator", "tag", "surrogate".
    """
    code = ord(text[index])
    found = _table().get(code)
    if found is None:
        return _kind_beyond(text, index, code)
    if code in (0x200C, 0x200D):
        return None if _joins(text, index) else found
    if found == "variation":
        return None if _varies(text, index, code) else found
    return found


def _kind_beyond(text: str, index: int, code: int) -> str | None:
    if code in _SURROGATES:
        return "surrogate"
    if not _TAGS <= code <= _TAGS_END:
        return None
    if code in _VARIATIONS:
        return None if _varies(text, index, code) else "variation"
    return None if _in_flag(text, index) else "tag"


def suspect(char: str) -> bool:
    """Whether `char` may hide or steer, whatever stands around it; `kind` judges it in its place."""
    code = ord(char)
    return code in _table() or code in _SURROGATES or _TAGS <= code <= _TAGS_END


def _table() -> dict[int, str]:
    if not _suspects:
        for low, high, what in _RANGES:
            for code in range(low, high + 1):
                _suspects[code] = what
    return _suspects


def _escape_ascii(text: str, keep: str) -> str:
    table = _tables.get(keep)
    if table is None:
        table = {c: _shown(c) for c in (*range(0x20), 0x7F) if chr(c) not in keep}
        _tables[keep] = table
    if "\r\n" in text and "\n" in keep and "\r" not in keep:
        return "\r\n".join(part.translate(table) for part in text.split("\r\n"))
    return text.translate(table)


def _shown(code: int) -> str:
    return f"\\u{{{code:04X}}}"


def _within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    return any(low <= code <= high for low, high in ranges)


def _at(text: str, index: int) -> int:
    return ord(text[index]) if 0 <= index < len(text) else 0


def _joins(text: str, index: int) -> bool:
    """Whether the joiner at `index` stands inside an emoji sequence or a word of a joining script."""
    before, after = _at(text, index - 1), _at(text, index + 1)
    if _within(before, _JOINING):
        return after not in _table() or after in (0x20, 0x0A, 0x09, 0x0D)
    if text[index] != "\u200d":
        return False
    if before == 0xFE0F:
        before = _at(text, index - 2)
    return _within(before, _EMOJI) and _within(after, _EMOJI)


def _varies(text: str, index: int, code: int) -> bool:
    """Whether the variation selector at `index` follows a character that has variants."""
    before = _at(text, index - 1)
    if code in (0xFE0E, 0xFE0F):
        keycap = before < 0x40 and chr(before) in "0123456789#*" and _at(text, index + 1) == 0x20E3
        return keycap or _within(before, _EMOJI)
    if code < 0x1810:
        return _within(before, ((0x1820, 0x18AA),))
    if code <= 0xFE0F:
        return code <= 0xFE02 and _within(before, _VARYING)
    # Real ideographic variants use the first few selectors; bytes of hidden ASCII need the later ones.
    return code <= 0xE010F and _within(before, _IDEOGRAPHS)


def _in_flag(text: str, index: int) -> bool:
    """Whether the tag character at `index` belongs to the flag of England, Scotland or Wales."""
    start = text.rfind(_FLAG, max(0, index - 6), index)
    if start < 0:
        return False
    tags = text[start + 1 : start + 7]
    return any(tags == "".join(chr(_TAGS + ord(c)) for c in flag) + "\U000e007f" for flag in _FLAGS)
