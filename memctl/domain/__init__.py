"""Values and pure functions: no file, no clock, no process (time is a parameter).

The words that every floor shares stand here, where the hot path gets them without another import.
"""

TYPES = ("user", "feedback", "project", "reference")
"""The types of Claude Code's auto memory, in the order in which lists group them."""

INDEX = "MEMORY.md"
"""File name of the index; compared without regard to case, so that `memory.md` is never a memory."""

TELLING = 80
"""Characters from which a description is taken as it is: none so long repeats only a name."""


def is_index(file: str) -> bool:
    """Whether the relative path `file` names the index rather than a memory."""
    return file.lower() == INDEX.lower()


def stem(file: str) -> str:
    """What a person types for `file`: the relative path without `.md`."""
    return file[:-3] if file[-3:].lower() == ".md" else file
