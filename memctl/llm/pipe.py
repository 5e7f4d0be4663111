"""Talk to a child process within a wall-clock limit and a size limit, without a thread."""

import os
import selectors
import subprocess
import time

OUTPUT_MAX = 4 * 1024 * 1024
"""Bytes read from each of stdout and stderr; a command that writes more is cut there."""

_PART = 64 * 1024

_LOOK = 0.1
"""Seconds of silence after which the child is looked at: its end shows before its pipes' do."""


def communicate(process: "subprocess.Popen[bytes]", text: bytes, until: float) -> tuple[bytes, bytes]:
    """Write `text` to the child's stdin; return its stdout and stderr once it has ended or closed stdout.

    What a grandchild that holds the pipes may still write is not waited for, and a child that does not read
    its stdin is no error. Raises TimeoutError at `until` (time.monotonic).
    """
    if process.stdin is None or process.stdout is None or process.stderr is None:
        raise ValueError("all three pipes must be open")
    got = {process.stdout.fileno(): bytearray(), process.stderr.fileno(): bytearray()}
    left = memoryview(text)
    with selectors.DefaultSelector() as waiting:
        for pipe in (process.stdin, process.stdout, process.stderr):
            os.set_blocking(pipe.fileno(), False)
        waiting.register(process.stdin, selectors.EVENT_WRITE)
        waiting.register(process.stdout, selectors.EVENT_READ)
        waiting.register(process.stderr, selectors.EVENT_READ)
        while process.stdout.fileno() in _open(waiting):
            ready = waiting.select(min(_left(until), _LOOK))
            if not ready and process.poll() is not None:
                break
            for key, _ in ready:
                if key.fileobj is process.stdin:
                    left = _write(key.fd, left)
                    done = not left
                else:
                    done = _fill(key.fd, got[key.fd])
                if done:
                    waiting.unregister(key.fileobj)
                    if key.fileobj is process.stdin:
                        process.stdin.close()
    out, err = (bytes(got[pipe.fileno()]) for pipe in (process.stdout, process.stderr))
    if len(out) < OUTPUT_MAX:
        try:
            process.wait(_left(until))
        except subprocess.TimeoutExpired:
            raise TimeoutError from None
    return out, err


def _open(waiting: selectors.BaseSelector) -> set[int]:
    return {key.fd for key in waiting.get_map().values()}


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _write(handle: int, left: memoryview) -> memoryview:
    try:
        return left[os.write(handle, left[:_PART]) :]
    except BlockingIOError:
        return left
    except BrokenPipeError:
        return left[:0]


def _fill(handle: int, into: bytearray) -> bool:
    """Read once; True when the pipe is closed or enough was read."""
    try:
        part = os.read(handle, _PART)
    except BlockingIOError:
        return False
    into += part
    return not part or len(into) >= OUTPUT_MAX
