"""Skills on disk: read, created, replaced and removed as memories are, where agents look for them.

The way there is walked from the root without following a link, so the caller names a real path.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from memctl.domain import shelf
from memctl.errors import Refused
from memctl.store.disk.folder import Folder, Found
from memctl.store.disk.renaming import NEW, OLD


def check_path(file: str) -> None:
    """Raise Refused unless `file` is the name of a skill on the shelf."""
    if not shelf.is_shaped(file):
        raise Refused(f"{file!r} is not the name of a skill", slug="outside")


class Shelf(Folder):
    """The folders that hold skills. Use as a context manager; raises OSError as the system says it."""

    check = staticmethod(check_path)

    def __init__(self) -> None:
        super().__init__("/")

    @contextmanager
    def _parent(self, file: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        with super()._parent(file.removeprefix(shelf.SHELF), make=make) as found:
            yield found

    def remove(self, file: str, found: Found) -> None:
        """As of a memory; the skill's own folder goes with it when nothing else is in it."""
        super().remove(file, found)
        with suppress(OSError):
            os.rmdir(os.path.dirname(shelf.path_of(file)))

    def tidy(self, file: str) -> None:
        """Clear away the temporary files that a killed writer of `file` left. Never raises."""
        with suppress(OSError, Refused), self._parent(file) as (at, _):
            for name in os.listdir(at):
                if name.startswith((NEW, OLD)):
                    os.unlink(name, dir_fd=at)
