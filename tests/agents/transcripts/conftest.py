"""Recorded sessions for the reader tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from memctl.agents.transcripts import readers
from memctl.domain.transcript import Turn

FIXTURES = Path(__file__).parents[2] / "fixtures" / "transcripts"

Read = Callable[[Path], list[Turn]]


@pytest.fixture
def recorded() -> Path:
    """The folder of session files that real clients wrote."""
    return FIXTURES


@pytest.fixture
def read() -> Read:
    """Every turn of the one session in a file."""

    def run(path: Path) -> list[Turn]:
        (session,) = readers.open_file(str(path))
        return list(readers.turns(session))

    return run


def said(turns: list[Turn]) -> list[str]:
    """What the person said."""
    return [turn.text for turn in turns if turn.origin == "person"]
