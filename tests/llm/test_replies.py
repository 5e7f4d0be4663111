"""Reading an answer: whatever surrounds the JSON, and nothing that is not the answer."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memctl.errors import ModelFailed
from memctl.llm.replies import find_object

SCHEMA = {
    "type": "object",
    "properties": {"files": {"type": "array", "items": {"type": "string"}}},
    "required": ["files"],
}
NAMES = st.lists(st.text(min_size=1, max_size=30), max_size=8)
PROSE = st.text(
    alphabet=st.characters(blacklist_characters="{}[]", blacklist_categories=("Cs",)), max_size=80
)


@given(NAMES, PROSE, PROSE)
def test_prose_around_the_object_changes_nothing(names: list[str], before: str, after: str) -> None:
    text = f"{before}{json.dumps({'files': names}, ensure_ascii=False)}{after}"
    assert find_object(text, SCHEMA) == {"files": names}


@given(st.text(max_size=300))
def test_any_text_is_an_object_of_the_right_shape_or_a_bad_reply(text: str) -> None:
    try:
        found = find_object(text, SCHEMA)
    except ModelFailed as error:
        found = {"files": [], "slug": error.slug}
    assert isinstance(found["files"], list)
    assert found.get("slug", "bad-reply") == "bad-reply"


@pytest.mark.parametrize(
    "text",
    [
        '["a.md"]',
        '{"selected_memories": ["a.md"]}',
        '{"files": ["a.md"], "why": "because"}',
        '{"files": ["wrong.md"]} no, rather {"files": ["a.md"]}',
        '{"broken": [1, {"files": ["a.md"]}',
        '\ufeff{"files": ["a.md"]}',
    ],
)
def test_near_misses_are_read(text: str) -> None:
    assert find_object(text, SCHEMA)["files"] == ["a.md"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "null",
        '"a.md"',
        '{"files": "a.md"}',
        '{"files": null}',
        '{"files": ["a.md"',
        '{"files": [1, 2]}',
    ],
)
def test_what_is_no_answer_is_a_bad_reply(text: str) -> None:
    with pytest.raises(ModelFailed):
        find_object(text, SCHEMA)


def test_hostile_depth_and_length_end() -> None:
    for text in ("[" * 200_000, '{"a":' * 100_000, "{" * 10_000_000):
        with pytest.raises(ModelFailed):
            find_object(text, SCHEMA)
