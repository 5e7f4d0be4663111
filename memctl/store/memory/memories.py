"""The memories of one directory, read: list, look up by name, and the index's text.

A name is only ever compared with the names in the listing, never joined to a path, so that no name from a
model, a transcript or an index can lead outside the directory. Writing goes through `store.write.apply`.
"""

import contextlib
import os
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from memctl.domain.fingerprint import hash_many
from memctl.domain.memory import INDEX, Memory, stem
from memctl.errors import Ambiguous, Damaged, NotFound
from memctl.format import topic
from memctl.store.disk import files
from memctl.store.memory.listing import Entry, Problem, scan

HELD_MAX = 12 * 1024 * 1024
"""Bytes of all files together that `memories` holds; decoded they take some four times as much."""

HEAD_HELD = 8 * 1024
"""Bytes of each further file."""

MANY = 500
"""Files from which it pays to load what hashes faster."""

NEAR_MAX = 3
"""Names suggested for one that was not found."""


class MemoryStore:
    """Reads one memory directory, which need not exist yet."""

    def __init__(self, directory: str) -> None:
        self.directory = directory

    def path(self, file: str) -> str:
        """The absolute path of a file of the listing."""
        return os.path.join(self.directory, *file.split("/"))

    def listing(self) -> tuple[list[Entry], list[Problem]]:
        """Regular topic files, and what looks like one and cannot be read. Raises Damaged."""
        try:
            return scan(self.directory)
        except NotADirectoryError:
            raise Damaged(f"{self.directory} is not a directory", hint="move that file away") from None
        except OSError as error:
            raise Damaged(f"{self.directory}: {error.strerror}", hint="check its permissions") from None

    def memories(self) -> tuple[list[Memory], list[Problem]]:
        """Every memory, decoded, in order of file name; what cannot be read comes as a problem.

        Of a huge file, and of each file once many large ones were read, only the beginning is held: then
        `cut` is true, and `read` gets the whole.
        """
        left = HELD_MAX
        entries, problems = self.listing()
        if len(entries) > MANY:
            hash_many()
        found = []
        for file, _, mtime_ns, _ in sorted(entries):
            try:
                found.append(self._skim(file, mtime_ns, whole=left > 0))
                left -= len(found[-1].raw)
            except OSError as error:
                problems.append((file, error.strerror or "cannot be read"))
        return found, sorted(problems)

    def each(self) -> Iterator[Memory]:
        """Every memory that can be read, one after the other, each with only the beginning of a huge file."""
        for file, _, mtime_ns, _ in sorted(self.listing()[0]):
            with contextlib.suppress(OSError):
                yield self._skim(file, mtime_ns)

    def read(self, file: str) -> Memory:
        """Decode one file of the listing. Raises NotFound when it is gone, Damaged when unreadable."""
        return self._read(file, self._decode)

    def skim(self, file: str) -> Memory:
        """As `read`, with only the beginning of a huge file. Raises NotFound and Damaged."""
        return self._read(file, self._skim)

    def _read(self, file: str, decode: Callable[[str], Memory]) -> Memory:
        try:
            return decode(file)
        except FileNotFoundError:
            raise NotFound(f"{file} is gone from {self.directory}") from None
        except OSError as error:
            raise Damaged(f"{self.path(file)}: {error.strerror}", hint="check its permissions") from None

    def _decode(self, file: str) -> Memory:
        raw, stat = files.read_regular(self.path(file))
        memory = topic.decode(raw, file, stat.st_mtime_ns / 1e9)
        return _cut(memory, stat.st_size) if stat.st_size > len(raw) else memory

    def _skim(self, file: str, mtime_ns: int | None = None, *, whole: bool = True) -> Memory:
        raw, fingerprint, stat = files.skim_regular(self.path(file))
        if not whole:
            raw = raw[:HEAD_HELD]
        memory = topic.decode(raw, file, (mtime_ns or stat.st_mtime_ns) / 1e9)
        if stat.st_size <= len(raw):
            return memory
        return replace(_cut(memory, stat.st_size), fingerprint=fingerprint)

    def find(self, name: str) -> Memory:
        """The memory that `name` means: its file, the file without `.md`, or the name in its header.

        Raises NotFound with near names, or Ambiguous when several memories answer to it.
        """
        return self.find_all([name])[0]

    def find_all(self, names: Iterable[str]) -> list[Memory]:
        """The memory that each of `names` means, as `find`, with one listing for all of them."""
        entries, problems = self.listing()
        listed = _Listed(entry[0] for entry in entries)
        return [self._find(name, listed, problems) for name in names]

    def _find(self, name: str, listed: "_Listed", problems: list[Problem]) -> Memory:
        file = listed.match(name)
        if file:
            return self.read(file)
        for odd, trouble in problems:
            if name in (odd, stem(odd)):
                raise Damaged(f"{self.path(odd)} {trouble}", hint="replace it by a regular file")
        return self._by_header(name, listed)

    def _by_header(self, name: str, listed: "_Listed") -> Memory:
        wanted = _fold(name)
        if listed.decoded is None:
            listed.decoded = self.memories()[0]
        named = [m for m in listed.decoded if m.name == name]
        named = named or [m for m in listed.decoded if _fold(m.name) == wanted]
        if len(named) == 1:
            return named[0]
        if named:
            candidates = ", ".join(m.stem for m in named)
            raise Ambiguous(f"{name!r} names {len(named)} memories", hint=f"say which file: {candidates}")
        raise NotFound(f"no memory is called {name!r}", near=near(name, [stem(f) for f in listed.files]))

    def index_text(self) -> str | None:
        """The text of the index; None when there is none. Raises Damaged when it cannot be read."""
        raw = self.index_bytes()
        return None if raw is None else raw.decode("utf-8", "surrogateescape")

    def index_bytes(self) -> bytes | None:
        """The bytes of the index; None when there is none."""
        path = os.path.join(self.directory, INDEX)
        try:
            return files.read_regular(path)[0]
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise Damaged(f"{path}: {error.strerror}", hint="replace it by a regular file") from None


def _cut(memory: Memory, size: int) -> Memory:
    """`memory`, of whose `size` bytes only the beginning was read."""
    note = files.cut_note(size, len(memory.raw))
    return replace(memory, warnings=(*memory.warnings, note), cut=True)


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


class _Listed:
    """The files of one listing, by what a name may say of them."""

    def __init__(self, names: Iterable[str]) -> None:
        self.files = list(names)
        self.decoded: list[Memory] | None = None  # every memory, once a name was in no file's name
        self._exact = set(self.files)

    @cached_property
    def _folded(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """Files by their whole path and by their last part, without regard to case and normal form."""
        whole: dict[str, list[str]] = {}
        last: dict[str, list[str]] = {}
        for file in self.files:
            folded = _fold(file)
            whole.setdefault(folded, []).append(file)
            last.setdefault(folded.rsplit("/", 1)[-1], []).append(file)
        return whole, last

    def match(self, name: str) -> str:
        """The one file that `name` means, or "". Raises Ambiguous when it could be several."""
        given = name if name.lower().endswith(".md") else name + ".md"
        for exact in (given, name):
            if exact in self._exact:
                return exact
        wanted = _fold(given)
        for table in self._folded:
            found = table.get(wanted, [])
            if len(found) > 1:
                raise Ambiguous(f"{name!r} names {len(found)} files", hint="say which: " + ", ".join(found))
            if found:
                return found[0]
        return ""


def near(name: str, names: Iterable[str]) -> tuple[str, ...]:
    """The names most like `name`, best first."""
    from rapidfuzz import fuzz, process, utils

    found = process.extract(
        name,
        list(names),
        scorer=fuzz.WRatio,
        processor=utils.default_process,
        limit=NEAR_MAX,
        score_cutoff=60,
    )
    return tuple(match[0] for match in found)
