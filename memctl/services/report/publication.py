"""Where a report is put: one private file, whole or not at all."""

import os
import stat

from memctl import places
from memctl.errors import MemctlError, Refused, UsageError
from memctl.store.disk import files
from memctl.store.disk.oserrors import write_failed

NAME = "report.html"

_OURS = b'<meta name="generator" content="memctl report">'
_HEAD = 2_000


def usual(directory: str) -> str:
    """The path where none was given: in memctl's own state, where erasing for good finds it."""
    return os.path.join(places.store_state(directory), NAME)


def put(path: str, page: str, directory: str) -> int:
    """Write `page` to `path`, which may be an earlier report; returns its bytes.

    Raises UsageError where its folder is missing, Refused where something else stands or in the memory
    directory itself, WriteFailed.
    """
    folder = os.path.dirname(path)
    if path == usual(directory):
        places.make_private(folder)
    if not os.path.isdir(folder):
        raise UsageError(f"there is no folder {folder}", hint="make it, or name a file elsewhere")
    if places.within(os.path.realpath(folder), os.path.realpath(directory)):
        raise Refused(f"{directory} holds memories alone", hint="name a file elsewhere", slug="path")
    _check_replaceable(path)
    content = page.encode()
    try:
        files.write_private(path, content)
    except OSError as error:
        raise write_failed(error, path) from error
    return len(content)


def _check_replaceable(path: str) -> None:
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode) or _OURS not in files.read_start(path, _HEAD):
            raise Refused(
                f"{path} exists and is no report of memctl", hint="name another file", slug="exists"
            )
    except FileNotFoundError:
        return
    except OSError as error:
        raise MemctlError(f"{path}: {error.strerror}") from None
