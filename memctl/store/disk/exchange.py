"""Swap two names of one folder in one step, so that what is replaced can still be looked at.

Linux only (`renameat2`, not in the standard library); elsewhere, and on file systems without it,
`exchange` says so and the caller takes the longer way.
"""

import errno
import os
import sys

_RENAME_EXCHANGE = 2
_UNABLE = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)


def exchange(at: int, first: str, second: str) -> bool:
    """Swap the names `first` and `second` in the folder `at`; False where that cannot be done.

    Raises OSError, FileNotFoundError among them.
    """
    if sys.platform != "linux":
        return False
    import ctypes

    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return False
    if call(at, os.fsencode(first), at, os.fsencode(second), _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNABLE:
        return False
    raise OSError(code, os.strerror(code), second)
