"""How far long work is: on one line of a terminal, which goes with it, and nowhere else."""

import io
import sys
import time

import pytest

from memctl.cli.output import Output


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def told(monkeypatch: pytest.MonkeyPatch, screen: io.StringIO, step: float, *, quiet: bool = False) -> str:
    """What stderr gets of three steps of so many seconds each."""
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with Output(quiet=quiet).gauge() as gauge:
        for done in range(3):
            clock[0] += step
            gauge("did {} of {} things", done * 1000, 2000)
    return screen.getvalue()


def test_after_a_second_a_terminal_is_told_and_the_line_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    said = told(monkeypatch, Screen(), 0.6)
    assert (
        said == "\r\x1b[Kmemctl: did 1,000 of 2,000 things\r\x1b[Kmemctl: did 2,000 of 2,000 things\r\x1b[K"
    )


def test_short_work_a_pipe_and_quiet_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, Screen(), 0.2) == ""
    assert told(monkeypatch, io.StringIO(), 9.0) == ""
    assert told(monkeypatch, Screen(), 9.0, quiet=True) == ""
