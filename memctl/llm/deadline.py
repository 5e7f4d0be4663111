"""Wall time as a promise: run a call that may hang, and come back when the time is up."""

import threading
from collections.abc import Callable
from typing import TypeVar

from memctl.errors import ModelFailed

_T = TypeVar("_T")


def within(seconds: float, call: Callable[[], _T]) -> _T:
    """The result of `call`, or its exception; ModelFailed (`deadline`) after `seconds` of wall time.

    A socket timeout bounds the silence between two bytes, not a call; so the call runs in a daemon thread,
    which is left behind when it is late: it cannot keep the process alive.
    """
    results: list[_T] = []
    failures: list[BaseException] = []

    def work() -> None:
        """Make the call in this thread, and put its result or its exception where the caller looks."""
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread as it is
            failures.append(error)

    thread = threading.Thread(target=work, name="memctl-model", daemon=True)
    thread.start()
    thread.join(max(0.0, seconds))
    if failures:
        raise failures[0]
    if not results:
        raise late(seconds)
    return results[0]


def late(seconds: float) -> ModelFailed:
    """The failure for an answer that did not come in time."""
    return ModelFailed(f"the model did not answer within {round(max(seconds, 0.0), 1):g} s", slug="deadline")
