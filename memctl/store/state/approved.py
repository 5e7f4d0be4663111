"""What was approved and is being carried out: one file, written before the first of it is begun.

It is the moment at which a verdict on several proposals counts: before it nothing of it was given, after it
whoever comes next completes all of it.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict

from memctl import places
from memctl.store.disk import files
from memctl.store.disk.oserrors import write_failed
from memctl.store.state.entries import Approval, approval_of

NAME = "approved.json"

FILE_MAX = 4 * 1024 * 1024
"""Bytes of the file that are read: an approval has about 300."""


def path(directory: str) -> str:
    """The file of the memory directory `directory`."""
    return os.path.join(places.store_state(directory), NAME)


def load(directory: str) -> dict[str, Approval]:
    """The approvals by the id of their proposal; none where the file says nothing that could be one."""
    try:
        found = json.loads(files.read_regular(path(directory), FILE_MAX)[0])
        return {str(key): approval_of(value) for key, value in found["approvals"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return {}


def begin(directory: str, approvals: Mapping[str, Approval]) -> None:
    """Write down that `approvals` were given: all of them, or none. Raises WriteFailed."""
    content = {"schema": 1, "approvals": {key: asdict(value) for key, value in approvals.items()}}
    at = path(directory)
    try:
        places.make_private(os.path.dirname(at))
        files.write_private(at, json.dumps(content, indent=1).encode() + b"\n")
    except OSError as error:
        raise write_failed(error, at) from error


def end(directory: str) -> None:
    """Nothing is being carried out any more. Raises WriteFailed."""
    at = path(directory)
    try:
        os.unlink(at)
        places.sync_folder(os.path.dirname(at))
    except FileNotFoundError:
        return
    except OSError as error:
        raise write_failed(error, at) from error
