"""How memories mention each other in their texts: `[[name]]`, and Markdown links to a topic file.

Only where they are links: what stands in code or in a comment says something about code.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from memctl.domain.memory import stem
from memctl.format import header, links, verbatim

_WIKI = re.compile(r"(?<!\\)\[\[([^\[\]|#\n]+)((?:#[^\[\]|\n]*)?(?:\|[^\[\]\n]*)?)\]\]")
"""`[[name]]`, `[[name#part]]`, `[[name|shown]]`."""


def found(text: str) -> Iterator[tuple[int, str]]:
    """The line and the name of every `[[name]]` in the topic file `text`, in order."""
    number, last = 1, 0
    for start, stop, is_prose in _parts(text):
        if not is_prose:
            continue
        for match in _WIKI.finditer(text, start, stop):
            number += text.count("\n", last, match.start())
            last = match.start()
            yield number, match[1].strip()


@dataclass(frozen=True)
class Renamed:
    """A memory that gets another name: its files, and the `[[name]]` by which it is called afterwards."""

    old: str
    new: str
    name: str

    def followed(self, raw: bytes, folder: str) -> bytes:
        """The topic file `raw`, which lies in `folder`, with each link to the memory following it.

        Bytes that are no UTF-8 stay as they are.
        """
        return self._rewritten(raw, lambda file: self.new if file == self.old else "", folder, folder)

    def carried(self, raw: bytes, exists: Callable[[str], bool]) -> bytes:
        """The topic file `raw` of the memory itself, with its links leading where they led from its old
        folder.

        `exists` says whether a path below the memory directory is there: a link to anything else, say to a
        file of the project, stays.
        """
        old, new = (file.rpartition("/")[0] for file in (self.old, self.new))

        def there(file: str) -> str:
            """Where a link to `file` leads from now on; empty where it stays."""
            return self.new if file == self.old else file if old != new and exists(file) else ""

        return self._rewritten(raw, there, old, new)

    def _rewritten(self, raw: bytes, there: Callable[[str], str], old: str, new: str) -> bytes:
        """`raw`, read in the folder `old`, for the folder `new`: `there` says to which file a link to one
        leads from now on, or "" where it stays as it is."""
        if b"[" not in raw:
            return raw
        text = raw.decode("utf-8", "surrogateescape")
        names = {stem(self.old), self.old, stem(self.old).rsplit("/", 1)[-1]}

        def swap(match: re.Match[str]) -> str:
            """A wiki link with the new name, where it has one of the old ones; else as it is."""
            return f"[[{self.name}{match[2]}]]" if match[1].strip() in names else match[0]

        parts = []
        for start, stop, is_prose in _parts(text):
            part = text[start:stop]
            if is_prose:
                part = "\n".join(_line(line, there, old, new) for line in _WIKI.sub(swap, part).split("\n"))
            parts.append(part)
        return "".join(parts).encode("utf-8", "surrogateescape")


def _line(line: str, there: Callable[[str], str], old: str, new: str) -> str:
    """`line` with its Markdown links rewritten, as `_rewritten` says."""
    if "](" not in line:
        return line
    parts, done = list[str](), 0
    for start, _, shown, target in links.links(line):
        path = target.partition("#")[0].partition(' "')[0].strip()
        file = _file_meant(path, old)
        meant = there(file) if file else ""
        if not meant:
            continue
        at = line.index(target, start + len(shown) + 3)
        to = links.target_of(posixpath.relpath(meant, new or "."))
        to = "./" + to if path.startswith("./") and not to.startswith(".") else to
        parts += (line[done:at], target.replace(path, to, 1))
        done = at + len(target)
    return "".join([*parts, line[done:]])


def _file_meant(target: str, folder: str) -> str:
    """The file of the memory directory to which a link in a file of `folder` leads, or ""."""
    if "://" in target or target[:1] in ("/", "~", "") or "\\" in target:
        return ""
    file = posixpath.normpath(posixpath.join(folder, unquote(target)))
    return "" if file.startswith("..") else file


def _parts(text: str) -> Iterator[tuple[int, int, bool]]:
    """Start and end of every part of a topic file, in order, and whether it is prose.

    In the header each line is on its own: its values are prose, its comments are not.
    """
    body = header.body_start(text)
    spans = [(body + a, body + b) for a, b in verbatim.spans(text[body:])]
    at = 0
    for start, stop in [*_header_spans(text, body), *spans]:
        yield at, start, True
        yield start, stop, False
        at = stop
    yield at, len(text), True


def _header_spans(text: str, body: int) -> Iterator[verbatim.Span]:
    at = 0
    for line in text[:body].split("\n"):
        if line.lstrip()[:1] == "#":
            yield at, at + len(line)
        elif "`" in line:
            yield from verbatim.inline(text, at, at + len(line))
        at += len(line) + 1
