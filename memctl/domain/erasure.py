"""What is to be gone for good: memories with all they ever said, or values that stand anywhere."""

import base64
import json
import re
from dataclasses import asdict, dataclass

KNOWN_FROM = 20
"""Bytes from which a line is taken to be known again: a shorter one may stand anywhere."""

VALUE_MIN = 6
"""Bytes of a value at least: a shorter one would be taken out of the middle of words."""


_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+")
_MARKS = " \t\r\n-*>#.!?"
_SPACES = re.compile(rb"(?:\s|\\+[nrt])+")
_WORD = re.compile(rb"[a-z0-9\x80-\xff]+")


@dataclass(frozen=True)
class Erasure:
    """One request. `values` are the secrets; all else is about the memories that go as a whole."""

    id: str
    actor: str
    names: tuple[str, ...] = ()  # the files as they are called now, or were last
    files: tuple[str, ...] = ()  # every file that they ever were
    texts: tuple[str, ...] = ()  # lines that they said, by which a copy is known again
    values: tuple[str, ...] = ()
    renames: tuple[tuple[str, str], ...] = ()  # a file whose name holds a value, and a free one
    sessions: tuple[str, ...] = ()  # ids of those from which the memories came

    @property
    def needles(self) -> tuple[str, ...]:
        """The texts that must stand nowhere afterwards."""
        return (*self.texts, *self.values)

    @property
    def sentences(self) -> tuple[bytes, ...]:
        """What the memories said, a sentence each, as `folded` has it: one may stand within a longer line, or
        over two lines."""
        said = {part.strip(_MARKS) for text in self.texts for part in _SENTENCE.split(text)}
        return tuple(sorted(folded(_bytes(part)) for part in said if len(_bytes(part)) >= KNOWN_FROM))

    @property
    def is_known(self) -> bool:
        """Whether what holds a needle holds it by no chance; else it may be a phrase that others use."""
        return bool(self.values) or any(len(_bytes(text)) >= KNOWN_FROM for text in self.texts)

    def says(self, *texts: str) -> bool:
        """Whether one of `texts` is, or has a long line that is, one that the erased memories said.

        Whole lines are compared, without case, marks of lists and spaces: what only has the words of a short
        memory in it is another fact.
        """
        lines = {
            line for text in texts for line in text.split("\n") if len(_bytes(line.strip())) >= KNOWN_FROM
        }
        return not {*map(_plain, self.texts)}.isdisjoint(map(_plain, (*texts, *lines)))

    def clean(self, raw: bytes) -> bytes:
        """`raw` with a marker for each value, also for one that is escaped as JSON and YAML do.

        What is said of a file by its name follows the file to a name that is not just the marked one.
        """
        for old, new in self.renames:
            if new != self.clean_text(old):
                name, now = (_bytes(file.removesuffix(".md")) for file in (old, new))
                raw = re.sub(rb"(?<![\w-])%s(?![\w-])" % re.escape(name), now, raw)
        for number, value in enumerate(self.values):
            for form in written(value):
                raw = raw.replace(form, _marker(number).encode())
        return raw

    def clean_text(self, text: str) -> str:
        """`text`, which may be a file's name, with a marker for each value."""
        for number, value in enumerate(self.values):
            text = text.replace(value, _marker(number))
        return text

    def renamed(self, file: str) -> str:
        """What `file` is called afterwards."""
        return dict(self.renames).get(file) or self.clean_text(file)

    def encode(self) -> bytes:
        """One JSON document."""
        return json.dumps({"schema": 1, **asdict(self)}).encode("ascii")

    @classmethod
    def decode(cls, raw: bytes) -> "Erasure":
        """What `encode` wrote. Raises ValueError, KeyError or TypeError."""
        found = json.loads(raw)
        lists = {key: tuple(map(str, found[key])) for key in ("names", "files", "texts", "values")}
        renames = tuple((str(old), str(new)) for old, new in found.get("renames", ()))
        sessions = tuple(map(str, found.get("sessions", ())))
        return cls(str(found["id"]), str(found["actor"]), **lists, renames=renames, sessions=sessions)


def spoken(description: str, body: str) -> set[str]:
    """The lines of a memory that are long enough to be known again, or all of it when none is."""
    lines = {line.strip() for line in (description, *body.split("\n"))}
    found = {line for line in lines if len(_bytes(line)) >= KNOWN_FROM}
    return found or {text for text in (body.strip(), description.strip()) if len(_bytes(text)) >= VALUE_MIN}


@dataclass(frozen=True)
class Erased:
    """What was erased, and a few words on each thing that went with it."""

    erasure: Erasure
    went: tuple[str, ...] = ()


def _plain(text: str) -> str:
    return " ".join(text.casefold().strip(" \t\r\n-*>#.").split())


def _marker(number: int) -> str:
    """What stands where a value was: one in a file's name, a YAML scalar and prose alike, and no secret."""
    return f"_erased-{number + 1}_" if number else "_erased_"


def folded(raw: bytes) -> bytes:
    """`raw`, which may be JSON, without case, with one space for each run of them and of line breaks."""
    return _SPACES.sub(b" ", raw.replace(b'\\"', b'"').lower())


def tells(raw: bytes, sentences: tuple[bytes, ...]) -> bool:
    """Whether `raw` holds one of these `sentences`, however it is spaced."""
    low = raw.lower()
    near = [
        one for one in sentences if max(_WORD.findall(one), key=len, default=b"") in low
    ]  # cheap, mostly none
    if not near:
        return False
    there = folded(low)
    return any(one in there for one in near)


def written(text: str) -> tuple[bytes, ...]:
    """The bytes as which `text` may stand in a file that people read: as it is, and quoted."""
    quoted = (json.dumps(text, ensure_ascii=ascii_only)[1:-1] for ascii_only in (False, True))
    return tuple(dict.fromkeys((_bytes(text), *map(_bytes, quoted))))


def forms(text: str) -> tuple[bytes, ...]:
    """The bytes as which `text` may stand in a transcript: also quoted within what is quoted."""
    found = list(written(text))
    for ascii_only in (False, True):
        twice = json.dumps(json.dumps(text, ensure_ascii=ascii_only)[1:-1], ensure_ascii=ascii_only)
        found.append(_bytes(twice[1:-1]))
    return tuple(dict.fromkeys(found))


def hidden(text: str) -> tuple[bytes, ...]:
    """The bytes as which `text` may stand in a file of memctl's own: also as part of base64."""
    plain = _bytes(text)
    if len(plain) < 9:
        return forms(text)
    whole = (plain[skip : skip + (len(plain) - skip) // 3 * 3] for skip in range(3))
    return (*forms(text), *map(base64.b64encode, whole))


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone surrogate that stands for no byte
        return text.encode("utf-8", "surrogatepass")
