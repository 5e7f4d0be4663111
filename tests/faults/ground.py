"""The ground on which faults are tried: built once for a file of tests, and copied afresh for each try."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

import pytest

_SHARED_MEMORY = "/dev/shm"


class Ground(Protocol):
    """Something with a state directory of its own that can be built, and put back as it was."""

    state: str

    def build(self) -> None: ...

    def reset(self) -> None: ...


T = TypeVar("T", bound=Ground)


def folder() -> "tempfile.TemporaryDirectory[str]":
    """In memory where there is such a place: what is killed here is a process, not the machine."""
    return tempfile.TemporaryDirectory(dir=_SHARED_MEMORY if os.access(_SHARED_MEMORY, os.W_OK) else None)


@contextmanager
def built(make: Callable[[str], T]) -> Iterator[T]:
    """What `make` makes of a folder, built."""
    with folder() as root, pytest.MonkeyPatch.context() as patch:
        made = make(root)
        patch.setenv("MEMCTL_STATE_DIR", made.state)
        made.build()
        yield made


def fresh(ground: T, patch: pytest.MonkeyPatch) -> T:
    """`ground` as it was built, for one test."""
    patch.setenv("MEMCTL_STATE_DIR", ground.state)
    ground.reset()
    return ground
