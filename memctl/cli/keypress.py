"""One key of a person at a terminal, without Enter."""

import os
import sys
import termios
import tty
from typing import TextIO


def press(prompt: str, stream: TextIO) -> str:
    """The key pressed after `prompt` on `stream`, in lower case; "" at the end of the input.

    An escape sequence counts as one unknown key. What was typed before the prompt stands is thrown away:
    nobody accepts what they have not seen. Raises KeyboardInterrupt on Ctrl-C.
    """
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor, termios.TCSAFLUSH)
        stream.write(prompt)
        stream.flush()
        pressed = os.read(descriptor, 32).decode("utf-8", "replace")
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
    stream.write("\n")
    stream.flush()
    return pressed[:1].lower()
