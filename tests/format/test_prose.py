"""What is written below a text stays readable."""

import pytest

from memctl.format.prose import closed
from memctl.format.verbatim import Blocks


@pytest.mark.parametrize(
    ("text", "shut"),
    [
        ("Code:\n\n```sh\nmake\n", "Code:\n\n```sh\nmake\n```\n"),
        ("Code:\n\n````\n```\nmake", "Code:\n\n````\n```\nmake\n````\n"),
        ("Code:\r\n\r\n~~~\r\nmake\r\n", "Code:\r\n\r\n~~~\r\nmake\r\n~~~\r\n"),
        ("Said.\n\n<!-- and not\n", "Said.\n\n<!-- and not\n-->\n"),
        ("```\nmake\n```\n", "```\nmake\n```\n"),
        ("- an item\n\n  ```\n  make\n", "- an item\n\n  ```\n  make\n"),
        ("> ```\n> make\n", "> ```\n> make\n"),
        ("", ""),
    ],
)
def test_what_is_left_open_is_closed(text: str, shut: str) -> None:
    assert closed(text) == shut
    assert closed(shut) == shut
    below = f"{shut}\n\nBelow.\n"
    assert not any(below.endswith(below[start:stop]) for start, stop in Blocks(below).code)
