"""The memory tool's six commands on a memory directory: `view create str_replace insert delete rename`.

The model sees `/memories` and Markdown files below it. A text that it creates without a header gets one, so
that the memory can be recalled; the tool goes on showing that file without it. Every write goes
through the write door. What is said and how lines are numbered is the
documented behaviour of Anthropic's `memory_20250818` tool.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from memctl.domain.change import Change, Write
from memctl.domain.memory import INDEX, Memory, is_index, stem
from memctl.errors import MemctlError, NotFound, Refused, UsageError
from memctl.services.guard import redact
from memctl.services.write import edit, relocate
from memctl.services.write.door import WriteDoor
from memctl.services.write.reindex import as_memory
from memctl.store.memory.memories import MemoryStore
from memctl.store.state.resolve import Place
from memctl.text.escape import escape
from memctl.tools import model_text
from memctl.tools.virtual_paths import inside, topic_file

ACTOR = "memory-tool"
LINES_MAX = 999_999
"""Lines of a file that the tool can number in its six columns."""

_NEEDS = {
    "view": ("path",),
    "create": ("path", "file_text"),
    "str_replace": ("path", "old_str", "new_str"),
    "insert": ("path", "insert_line", "insert_text"),
    "delete": ("path",),
    "rename": ("old_path", "new_path"),
}


class MemoryFiles:
    """The tool's view of one memory directory. `clock` gives seconds since the epoch."""

    def __init__(self, place: Place, clock: Callable[[], float] = time.time) -> None:
        self.store = MemoryStore(place.directory)
        self._door = WriteDoor(place, by=ACTOR)
        self._clock = clock

    def execute(self, command: Mapping[str, object]) -> str:
        """Run one command as the model sends it; returns what the model is told.

        Raises MemctlError: its message is the tool's error.
        """
        name = command.get("command")
        if not isinstance(name, str) or name not in _NEEDS:
            raise UsageError(f"no such command: {name!r}", hint="one of " + ", ".join(_NEEDS))
        for key in _NEEDS[name]:
            wanted = int if key == "insert_line" else str
            value = command.get(key)
            if not isinstance(value, wanted) or isinstance(value, bool):
                raise UsageError(f"{name} needs {key}, {'a whole number' if wanted is int else 'a text'}")
        method: Callable[..., str] = getattr(self, name)
        given = {key: command[key] for key in _NEEDS[name]}
        if name == "view" and command.get("view_range") is not None:
            given["view_range"] = command["view_range"]
        return method(**given)

    def view(self, path: str, view_range: object = None) -> str:
        """List a folder two levels deep, or show a file with line numbers."""
        inner = inside(path)
        files = self._files()
        if inner == "" or any(file.startswith(inner + "/") for file in files):
            return self._list(path.rstrip("/"), inner, files)
        text = model_text.seen(self._read(path))
        lines = redact(escape(text, keep="\n\t")).split("\n")
        if len(lines) > LINES_MAX:
            raise Refused(f"File {path} exceeds maximum line limit of 999,999 lines.", slug="size")
        first, last = _range(view_range, len(lines))
        numbered = [f"{n:>6}\t{lines[n - 1]}" for n in range(first, last + 1)]
        return f"Here's the content of {path} with line numbers:\n" + "\n".join(numbered)

    def _list(self, path: str, inner: str, files: dict[str, int]) -> str:
        prefix = inner + "/" if inner else ""
        shown: dict[str, int] = {}
        for file, size in files.items():
            if file.startswith(prefix):
                parts = file[len(prefix) :].split("/")
                for depth in range(1, min(len(parts), 2) + 1):
                    name = "/".join(parts[:depth]) + ("/" if depth < len(parts) else "")
                    shown[name] = shown.get(name, 0) + size
        head = f"Here're the files and directories up to 2 levels deep in {path}, excluding hidden items:"
        total = sum(size for file, size in files.items() if file.startswith(prefix))
        rows = [f"{_size(total)}\t{path}"]
        rows += [f"{_size(size)}\t{path}/{escape(name)}" for name, size in sorted(shown.items())]
        return head + "\n" + "\n".join(rows)

    def create(self, path: str, file_text: str) -> str:
        """Make a new memory; an existing one is not replaced."""
        file = topic_file(path)
        if file in self._files():
            raise Refused(f"File {path} already exists", slug="exists")
        content = model_text.fresh(stem(file).rpartition("/")[2], file_text, self._clock())
        self._write(Change("create", (Write(file, content),), why=f"created {stem(file)}"))
        return f"File created successfully at: {path}"

    def str_replace(self, path: str, old_str: str, new_str: str) -> str:
        """Replace the one occurrence of a text."""
        memory = self._read(path)
        text = model_text.seen(memory)
        count = text.count(old_str) if old_str else 0
        if count == 0:
            message = f"No replacement was performed, old_str `{old_str}` did not appear verbatim in {path}."
            raise NotFound(message)
        if count > 1:
            lines = ", ".join(str(text.count("\n", 0, at) + 1) for at in _places(text, old_str))
            raise Refused(
                f"No replacement was performed. Multiple occurrences of old_str `{old_str}` in lines: "
                f"{lines}. Please ensure it is unique",
                slug="ambiguous",
            )
        at = text.index(old_str)
        changed = text[:at] + new_str + text[at + len(old_str) :]
        self._save(memory, changed)
        line = text.count("\n", 0, at) + 1
        lines_after = changed.split("\n")
        around = range(max(1, line - 2), min(len(lines_after), line + 2) + 1)
        snippet = "\n".join(f"{n:>6}\t{redact(escape(lines_after[n - 1]))}" for n in around)
        head = "The memory file has been edited. Here is the snippet showing the change (with line numbers):"
        return f"{head}\n{snippet}"

    def insert(self, path: str, insert_line: int, insert_text: str) -> str:
        """Put text after a line; 0 is the beginning."""
        memory = self._read(path)
        lines = model_text.seen(memory).split("\n")
        if lines[-1] == "":
            lines.pop()
        if not 0 <= insert_line <= len(lines):
            raise UsageError(
                f"Invalid `insert_line` parameter: {insert_line}. "
                f"It should be within the range [0, {len(lines)}]."
            )
        lines.insert(insert_line, insert_text.removesuffix("\n"))
        self._save(memory, "\n".join(lines) + "\n")
        return f"The file {path} has been edited."

    def delete(self, path: str) -> str:
        """Remove a memory, or a folder with all its memories. `memctl undo` brings them back."""
        inner = inside(path)
        if inner == "" or is_index(inner):
            raise Refused(f"Cannot delete {path} itself", slug="outside")
        gone = [file for file in self._files() if file == inner or file.startswith(inner + "/")]
        if not gone:
            raise NotFound(f"The path {path} does not exist")
        change, _ = relocate.forget(self.store, gone)
        why = "deleted " + ", ".join(stem(file) for file in gone)
        self._write(replace(change, verb="delete", why=why))
        return f"Successfully deleted {path}"

    def rename(self, old_path: str, new_path: str) -> str:
        """Rename a memory or put it in another folder; links to it follow."""
        old, new = topic_file(old_path), topic_file(new_path)
        files = self._files()
        if old not in files or is_index(old):
            raise NotFound(f"The path {old_path} does not exist")
        if new in files or is_index(new):
            raise Refused(f"The destination {new_path} already exists", slug="exists")
        folder, _, name = new.rpartition("/")
        change, _ = relocate.rename(self.store, old, name, folder=folder)
        self._write(change)
        return f"Successfully renamed {old_path} to {new_path}"

    def _files(self) -> dict[str, int]:
        """Every topic file and the index, with its size in bytes."""
        found = {entry[0]: entry[1] for entry in self.store.listing()[0]}
        index = self.store.index_bytes()
        return found if index is None else {**found, INDEX: len(index)}

    def _read(self, path: str) -> Memory:
        inner = inside(path)
        if inner not in self._files():
            raise NotFound(f"The path {path} does not exist. Please provide a valid path.")
        if not is_index(inner):
            return self.store.read(inner)
        return as_memory(self.store.index_bytes() or b"")

    def _save(self, memory: Memory, text: str) -> None:
        """Write `text` where the model sees it. Raises Refused, Conflict."""
        if is_index(memory.file):
            content = text.encode("utf-8", "surrogatepass")
            self._write(Change("edit", (Write.over(memory, content),), why="edited the index"))
            return
        content = model_text.edited(memory, text, self._clock())
        drafted = edit.draft(memory, content, self._clock(), self._door.origin)
        if drafted.change is not None:
            self._write(drafted.change)

    def _write(self, change: Change) -> None:
        now = self._clock()
        self._door.write(self._door.examine(change, now=now, in_folders=True), now=now)


def _places(text: str, part: str) -> list[int]:
    found, at = [], text.find(part)
    while at >= 0:
        found.append(at)
        at = text.find(part, at + 1)
    return found


def _range(given: object, count: int) -> tuple[int, int]:
    """First and last line, both counted from 1; -1 as the last is the end."""
    if given is None:
        return 1, count
    numbers = list(given) if isinstance(given, list | tuple) else []
    if len(numbers) != 2 or not all(isinstance(n, int) and not isinstance(n, bool) for n in numbers):
        raise UsageError("view_range is two line numbers, e.g. [1, 20]")
    first, last = numbers
    return max(1, first), count if last == -1 else min(last, count)


def _size(size: int) -> str:
    """`size` bytes as `ls -h` and `du -h` show them."""
    value, unit = float(size), "B"
    for larger in "KMG":
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.1f}".removesuffix(".0") + unit


def failure(error: MemctlError) -> str:
    """What the model is told of a failure: the sentence, and what to do instead."""
    return f"{error.message} ({error.hint})" if error.hint else error.message
