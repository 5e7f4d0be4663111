"""In which languages the person writes: messages counted by language, and nothing of what they say.

One small file for all projects, `languages.json` in the state directory: language code -> messages.
"""

import json
import os
from collections.abc import Mapping

from memctl import places
from memctl.store.disk import files, flock

FILE = "languages.json"
_MAX = 64 * 1024

ENOUGH = 1_000
"""Messages from which all counts are halved, so that what is spoken now outweighs what was."""

SHARE = 0.1
"""Share of all messages from which a language is the person's: below, it is a slip of the counting or a
language that was quoted."""

LEAST = 3
"""Messages from which it is, whatever their share."""

LANGUAGES_MAX = 4
"""Languages of a person that are reckoned with, the commonest: each costs a few more prompts per memory."""


def counts() -> dict[str, int]:
    """Messages by language; {} when none were counted or the file cannot be read."""
    try:
        found = json.loads(files.read_regular(_path(), _MAX)[0])
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {code: n for code, n in found.items() if type(n) is int and n > 0 and code.isalpha()}


def add(heard: Mapping[str, int]) -> None:
    """Count the messages `heard`. Where that cannot be written, they are not counted: it is only a hint."""
    if not heard:
        return
    try:
        places.make_private(places.state_dir())
        lock = flock.take(_path() + ".lock", 1.0)
    except OSError:
        return
    if lock is None:
        return
    try:
        found = counts()
        for code, number in heard.items():
            found[code] = found.get(code, 0) + number
        while sum(found.values()) > ENOUGH:
            found = {code: n // 2 for code, n in found.items() if n > 1}
        files.write_private(_path(), json.dumps(found, sort_keys=True).encode())
    except OSError:
        return
    finally:
        os.close(lock)


def languages() -> tuple[str, ...]:
    """The person's languages, the commonest first; () when too little was heard."""
    found = counts()
    least = max(LEAST, SHARE * sum(found.values()))
    spoken = [code for code, number in found.items() if number >= least]
    return tuple(sorted(spoken, key=lambda code: (-found[code], code))[:LANGUAGES_MAX])


def _path() -> str:
    return os.path.join(places.state_dir(), FILE)
