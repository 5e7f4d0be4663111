"""Where the first sentence of a text ends, which is its description."""

import pytest

from memctl.text.naming import make_description

SENTENCES = {
    "an abbreviation": (
        "Take a wheel, e.g. from the wombat index. Not PyPI.", "Take a wheel, e.g. from the wombat index.",
    ),
    "one in German": ("Nimm ein Wheel, z. B. vom Wombat. Nie PyPI.", "Nimm ein Wheel, z. B. vom Wombat."),
    "a number": ("The gateway runs on Node 2. It is fast.", "The gateway runs on Node 2."),
    "a wide stop": ("网关用缓存。很快。", "网关用缓存。"),
}  # fmt: skip


@pytest.mark.parametrize("case", SENTENCES)
def test_a_description_is_the_first_sentence_whole(case: str) -> None:
    text, first = SENTENCES[case]
    assert make_description(text) == first
