"""Taking what was derived from a text out of the search room: the caches, and queries of other contents."""

import os

from memctl import places
from memctl.domain.erasure import Erasure
from memctl.format import topic
from memctl.store.disk import files, flock
from memctl.store.memory.listing import scan
from memctl.store.search import anticipated

WAIT = 30.0
"""Seconds to wait for a process that builds the cache; what it builds is removed then."""


def erase(directory: str, erasure: Erasure) -> None:
    """Remove the search cache, which is built anew, and the anticipated queries of contents that are gone.

    Raises OSError, TimeoutError where another process does not let go.
    """
    _remove_cache(places.cache_file(directory))
    _keep_current(directory, erasure)


def _remove_cache(path: str) -> None:
    folder, base = os.path.split(path)
    if not os.path.isdir(folder):
        return
    lock = flock.take(path + ".lock", WAIT)
    if lock is None:
        raise TimeoutError(f"{path} is being built by another process")
    try:
        for name in files.names(folder):
            if name.startswith(base) and name != base + ".lock":
                os.unlink(os.path.join(folder, name))
        places.sync_folder(folder)
    finally:
        os.close(lock)


def _keep_current(directory: str, erasure: Erasure) -> None:
    """Only queries of what a memory says now stay: of other contents nobody can say whose they were."""
    path = places.queries_file(directory)
    if not os.path.exists(path):
        return
    current = {_key(directory, item[0]) for item in scan(directory)[0]}

    def wanted(key: str, queries: list[str]) -> bool:
        """Whether the queries of a content (`key` is its hash) stay: it is there, and none says what goes."""
        said = "\0".join(queries)
        return key in current and not any(text in said for text in erasure.needles)

    anticipated.keep(path, wanted)


def _key(directory: str, file: str) -> str:
    try:
        raw, _ = files.read_regular(os.path.join(directory, file))
    except OSError:
        return ""
    memory = topic.decode(raw, file)
    return anticipated.content_key(memory.description, memory.body)
