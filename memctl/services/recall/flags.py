"""What a list marks of a memory besides what no longer holds: it is pinned, or a proposal waits."""

import os
from collections.abc import Collection, Mapping

from memctl.domain import relation
from memctl.domain.memory import stem
from memctl.format import header
from memctl.store.disk import files
from memctl.store.state.inbox import Inbox

_HEAD = 4_096
"""Bytes of a file that are read: headers are shorter."""


def pinned(directory: str, names: Collection[str]) -> set[str]:
    """Those of the files `names` that the person pinned; one that cannot be read is none."""
    return {file for file in names if _is_pinned(os.path.join(directory, *file.split("/")))}


def _is_pinned(path: str) -> bool:
    try:
        raw = files.read_start(path, _HEAD)
    except OSError:
        return False
    if b"pinned" not in raw:  # as nearly all: the others alone are decoded
        return False
    metadata = header.read(raw).keys.get("metadata")
    return isinstance(metadata, Mapping) and relation.is_pinned(metadata)


def waiting(directory: str, names: Collection[str]) -> dict[str, list[str]]:
    """File -> ids of the proposals that would change it, for those of `names` of which one waits."""
    by_stem = {stem(file): file for file in names}
    found: dict[str, list[str]] = {}
    for entry in Inbox(directory).entries()[0]:
        about = {target.name for target in entry.proposal.targets} | {*entry.proposal.superseded}
        for name in sorted(about & by_stem.keys()):
            found.setdefault(by_stem[name], []).append(entry.proposal.id)
    return found
