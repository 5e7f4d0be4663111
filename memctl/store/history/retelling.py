"""Changes of some memories told anew in another history, as they were made: who, when, why."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from memctl.store.history import git
from memctl.store.history.commits import Note, Recorder, quoted, signed
from memctl.store.history.frame import sync
from memctl.store.history.records import Record

Told = tuple[Record, Mapping[str, bytes]]
"""A change, and the files that it leaves with these bytes."""


def retell(directory: str, changes: Sequence[Told], lock: int) -> None:
    """Write `changes`, the oldest first, into the history of `directory`, which has none yet. Their ids and
    what they took back stay behind: nothing here can be undone by them. Raises Damaged, WriteFailed."""
    recorder = Recorder(directory, lock)
    recorder.open()
    arguments = ["fast-import", "--quiet", "--done", "--date-format=raw"]
    git.feed(recorder.git_dir, arguments, _stream(changes), lock)
    sync(recorder.git_dir)


def _stream(changes: Iterable[Told]) -> Iterator[bytes]:
    for number, (record, files) in enumerate(changes, 1):
        note = Note(record.verb, tuple(files), record.actor, record.session, record.why)
        yield from signed(note, record.when, mark=number)
        for file, content in files.items():
            yield b"M 100644 inline %s\ndata %d\n%s\n" % (quoted(file), len(content), content)
        yield b"\n"
    yield b"done\n"
