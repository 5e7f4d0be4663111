"""Skills on disk: read, created, replaced and removed as memories are, where agents look for them.

The way there is walked from the root without following a link, so the caller names a real path.
"""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress

from memctl.domain import skill_file
from memctl.errors import Refused
from memctl.store.disk import files
from memctl.store.disk.folder import Folder, Found
from memctl.store.disk.renaming import NEW, OLD


def check_path(file: str) -> None:
    """Raise Refused unless `file` is the name that a skill has in a change."""
    if not skill_file.is_shaped(file):
        raise Refused(f"{file!r} is not the name of a skill", slug="outside")


class SkillFolder(Folder):
    """The folders that hold skills. Use as a context manager; raises OSError as the system says it."""

    check = staticmethod(check_path)

    def __init__(self) -> None:
        super().__init__("/")

    def _way(self, file: str) -> str:
        return file.removeprefix(skill_file.PREFIX)

    def _shown(self, file: str) -> str:
        return skill_file.path_of(file)

    def remove(self, file: str, found: Found) -> None:
        """As of a memory; the skill's own folder goes with it when nothing else is in it."""
        super().remove(file, found)
        with suppress(OSError):
            os.rmdir(os.path.dirname(skill_file.path_of(file)))

    def tidy(self, file: str, is_lost: Callable[[bytes], bool] | None = None) -> list[bytes]:
        """Clear away the temporary files that a writer of `file` left. Never raises.

        Replaced versions go only where `is_lost` can be asked; those for which it holds are returned.
        """
        lost: list[bytes] = []
        with suppress(OSError, Refused), self._parent(file) as (at, _):
            for name in os.listdir(at):
                if name.startswith(OLD) and is_lost is not None:
                    content, _ = files.read_regular(name, at=at)
                    lost += [content] if is_lost(content) else []
                if name.startswith(NEW) or (name.startswith(OLD) and is_lost is not None):
                    os.unlink(name, dir_fd=at)
        return lost


def contents(opening: Callable[[], SkillFolder], files: Iterable[str]) -> dict[str, bytes | None]:
    """The bytes of each of `files`, None where it is gone; what cannot be read is left out."""
    found: dict[str, bytes | None] = {}
    at: SkillFolder | None = None
    for file in files:
        at = at or opening()
        with suppress(OSError, Refused):
            there = at.read(file)
            found[file] = there.content if there else None
    return found


class Folders:
    """Where the files of a change lie: in the memory directory, or where agents look for skills."""

    def __init__(self, memories: Folder, opening: Callable[[], SkillFolder]) -> None:
        """`opening` opens the second when it is needed."""
        self._memories = memories
        self._open = opening
        self._skills: SkillFolder | None = None

    def of(self, file: str) -> Folder:
        """The opened folder through which `file` is read and written."""
        if not skill_file.is_skill(file):
            return self._memories
        self._skills = self._skills or self._open()
        return self._skills

    def tidy(self, files: Iterable[str]) -> None:
        """Clear away what could not be removed of skills: no later command looks there once the journal says
        nothing about them."""
        if self._skills is not None and self._skills.untidy:
            for file in filter(skill_file.is_skill, files):
                self._skills.tidy(file)
