"""The file of a skill: the one that a change may write beside memories. It lies where agents look for skills.

In a change, in the journal and in the history such a file has a name of its own, `.skills/` and its absolute
path, which no topic file can have. So it is written, recorded and undone like any other.
"""

import re

PREFIX = ".skills/"
FILE = "SKILL.md"

NAME_MAX = 64
"""Characters of a skill's name (agentskills.io)."""

_NAME = "[a-z0-9]+(?:-[a-z0-9]+)*"

_SHAPE = re.compile(rf"{re.escape(PREFIX)}(?!\.\.?/)(?:[^/\0]+/(?!\.\.?/))+skills/{_NAME}/{re.escape(FILE)}")

_HEADER = re.compile(rf'^(?:diff --git |--- |\+\+\+ )"?[ab]/{re.escape(PREFIX)}.*$', re.MULTILINE)


def is_name(text: str) -> bool:
    """Whether every agent takes `text` for the name of a skill."""
    return len(text) <= NAME_MAX and re.fullmatch(_NAME, text) is not None


def in_change(path: str) -> str:
    """The name that the file at the absolute `path` has in a change."""
    return PREFIX + path.lstrip("/")


def is_skill(file: str) -> bool:
    """Whether `file`, in a change, is a skill's."""
    return file.startswith(PREFIX)


def is_shaped(file: str) -> bool:
    """Whether such a name is whole: `.skills/.../skills/NAME/SKILL.md`, without steps back."""
    return _SHAPE.fullmatch(file) is not None


def path_of(file: str) -> str:
    """Where the file of a skill lies; of any other file its name, as people are shown it."""
    return "/" + file.removeprefix(PREFIX) if is_skill(file) else file


def diff_shown(diff: str) -> str:
    """A diff of git's, in whose headers a skill is called by its path."""
    return _HEADER.sub(lambda line: re.sub(rf"[ab]/{re.escape(PREFIX)}", "/", line[0]), diff)
