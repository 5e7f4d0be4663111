"""The history of one memory under every name that it had."""

from memctl.errors import Damaged
from memctl.store.history import aliases, graph, records, versions
from memctl.store.history.commits import git_dir
from memctl.store.history.records import Record


def followed(directory: str, file: str, limit: int | None = None) -> tuple[list[Record], Damaged | None]:
    """The last `limit` changes (None: all) of the memory that is `file` now, or was last, the newest first:
    before a rename those of its former name. Of a damaged history what can be read, and what is wrong."""
    found, damage = _walk(directory, file, limit)
    return [record for record, _ in found], damage


def told(directory: str, file: str, limit: int) -> list[tuple[Record, bytes]]:
    """The last `limit` changes of that memory that left a text, the oldest first, each with its bytes. Raises
    Damaged."""
    found, damage = _walk(directory, file, limit)
    if damage is not None:
        raise damage
    deltas = versions.deltas(directory, [record.commit for record, _ in found])
    blobs = {record.commit: deltas[record.commit].get(name, (None, None))[1] for record, name in found}
    texts = versions.read(directory, {commit: blob for commit, blob in blobs.items() if blob})
    return [(record, texts[record.commit]) for record, _ in reversed(found) if record.commit in texts]


def _walk(directory: str, file: str, limit: int | None) -> tuple[list[tuple[Record, str]], Damaged | None]:
    """The changes, each with the name that the memory had after it."""
    found: list[tuple[Record, str]] = []
    end = ""
    while file and (limit is None or len(found) < limit):
        left = None if limit is None else limit - len(found)
        here, damage = records.readable(directory, left, file, end=end)
        named = [(record, file) for record in here]
        if damage is not None:
            return [*found, *named], damage
        commits = [record.commit for record in here]
        at, file = aliases.turn(git_dir(directory), commits, file) if commits else ("", "")
        found += named[: commits.index(at) + bool(file)] if at else named  # it left: what is older is another
        end = f"{at}~1"
    return found, None


def later_name(directory: str, file: str) -> str:
    """What the memory that was `file` last is called now, when it left that name by a rename; else ""."""
    found = records.log(directory, 1, file)
    if not found:
        return ""
    repository = git_dir(directory)
    since = graph.some(repository, [found[0].commit]) + graph.read(repository, found[0].commit)
    name = aliases.later_name(repository, since, file)
    return "" if name == file else name
