"""Secrets in the versions that the history keeps: every version looked through once.

What was looked through is remembered by the last commit, with what was found, in the cache directory: the
next look begins after it. Other rules, or a history that does not hold that commit any more, begin anew.
"""

import json
import os
from collections.abc import Iterable, Iterator
from typing import Any

from memctl import places
from memctl.domain.finding import Finding
from memctl.domain.memory import is_index
from memctl.errors import MemctlError
from memctl.services import guard
from memctl.services.doctor.view import Ground
from memctl.services.guard import secrets
from memctl.store.disk import files
from memctl.store.history import git, graph
from memctl.store.history.commits import git_dir
from memctl.store.history.frame import read_tip
from memctl.store.state import clean
from memctl.text.escape import escape

_MEMO_MAX = 16 * 1024 * 1024

Found = tuple[str, str, str, str]
"""(rule, what it is, file, the commit that brought it)."""


def check(view: Ground) -> Iterator[Finding]:
    """A finding for each kind of secret in a file's versions; the value is never told."""
    try:
        found = _look(view.directory)
    except MemctlError:
        return  # a damaged history is a finding of its own
    for rule, about, file, commit in found:
        name = guard.redact(escape(file))
        message = f"a version of {name} in the history holds a secret: {about} ({rule}, change {commit[:10]})"
        repair = "memctl forget --secret takes it out of every version, for good"
        yield Finding("history.secret", "warning", message, repair=repair)


def _look(directory: str) -> list[Found]:
    repository = git_dir(directory)
    tip = read_tip(repository) if git.program() else ""
    if not tip:
        return []
    path = places.cache_file(directory) + ".looked-through"
    edition = clean.edition().hex()
    known = _memo(path)
    found: list[Found] = []
    since = ""
    if known.get("edition") == edition and graph.holds(repository, str(known.get("commit"))):
        since, found = str(known["commit"]), [_item(item) for item in known["found"]]
    if since == tip:
        return found
    steps = graph.read(repository, since)
    said = {(item[0], item[2]) for item in found}
    for item in _secrets(repository, steps):
        if (item[0], item[2]) not in said:
            said.add((item[0], item[2]))
            found.append(item)
    memo = {"edition": edition, "commit": tip, "found": found}
    _remember(path, json.dumps(memo).encode("ascii"))
    return found


def _item(found: Any) -> Found:
    rule, about, file, commit = map(str, found)
    return rule, about, file, commit


def _secrets(repository: str, steps: Iterable[graph.Step]) -> Iterator[Found]:
    first: dict[str, tuple[str, str]] = {}
    for step in steps:
        for file, _, blob in step.changes:
            if blob:
                first.setdefault(blob, (file, step.commit))
    lines: set[str] = set()  # of indexes: each repeats nearly all that the one before said
    for blob, raw in graph.contents(repository, first):
        file, commit = first[blob]
        text = raw[: guard.LOOK_MAX].decode("utf-8", "replace")
        if is_index(file):
            new = [line for line in text.split("\n") if line not in lines]
            lines.update(new)
            text = "\n".join(new)
        for secret in secrets.find(f"{file}\n{text}"):
            yield secret.rule, secret.about, file, commit


def _memo(path: str) -> dict[str, Any]:
    try:
        found = json.loads(files.read_regular(path, _MEMO_MAX)[0])
    except (OSError, ValueError, RecursionError):
        return {}
    is_whole = isinstance(found, dict) and isinstance(found.get("found"), list)
    return found if is_whole and all(len(item) == 4 for item in found["found"]) else {}


def _remember(path: str, content: bytes) -> None:
    try:
        places.make_private(os.path.dirname(path))
        files.write_private(path, content)
    except OSError:
        return  # then the next look is a whole one
