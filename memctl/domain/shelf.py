"""Files beside the memories that a change may write: skills, which lie where agents look for them.

In a change, in the journal and in the history such a file has a name of its own, `.skills/` and its absolute
path, which no topic file can have. So it is written, recorded and undone like any other.
"""

import re

SHELF = ".skills/"
FILE = "SKILL.md"

NAME_MAX = 64
"""Characters of a skill's name (agentskills.io)."""

_NAME = "[a-z0-9]+(?:-[a-z0-9]+)*"

_SHAPE = re.compile(rf"{re.escape(SHELF)}(?!\.\.?/)(?:[^/\0]+/(?!\.\.?/))+skills/{_NAME}/{re.escape(FILE)}")

_HEADER = re.compile(rf'^(?:diff --git |--- |\+\+\+ )"?[ab]/{re.escape(SHELF)}.*$', re.MULTILINE)


def is_name(text: str) -> bool:
    """Whether every agent takes `text` for the name of a skill."""
    return len(text) <= NAME_MAX and re.fullmatch(_NAME, text) is not None


def shelved(path: str) -> str:
    """The name that the file at the absolute `path` has in a change."""
    return SHELF + path.lstrip("/")


def is_shelved(file: str) -> bool:
    """Whether `file` is one beside the memories."""
    return file.startswith(SHELF)


def is_shaped(file: str) -> bool:
    """Whether a name on the shelf is that of a skill: `.../skills/NAME/SKILL.md`, without steps back."""
    return _SHAPE.fullmatch(file) is not None


def path_of(file: str) -> str:
    """Where a file on the shelf lies; of any other file its name, as people are shown it."""
    return "/" + file.removeprefix(SHELF) if is_shelved(file) else file


def diff_shown(diff: str) -> str:
    """A diff of git's, in whose headers a file on the shelf is called by its path."""
    return _HEADER.sub(lambda line: re.sub(rf"[ab]/{re.escape(SHELF)}", "/", line[0]), diff)
