"""The hooks' JSON reader and writer agree with the standard library's."""

import json
import math
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memctl.hooks import wire

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans(), st.sampled_from([None, 2]))
def test_reads_what_json_writes(value: object, ascii_only: bool, indent: int | None) -> None:
    assert wire.loads(json.dumps(value, ensure_ascii=ascii_only, indent=indent)) == value


@given(st.text(max_size=60) | st.text(alphabet='{}[]",:0e-tfn \\u', max_size=60))
def test_refuses_what_json_refuses(text: str) -> None:
    try:
        expected = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        with pytest.raises(ValueError):
            wire.loads(text)
    else:
        found = wire.loads(text)
        assert (
            found == expected
            or found is None
            or (isinstance(expected, float) and not math.isfinite(expected))
        )


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "", " ", "nul", '{"a": 1} x'])
def test_hostile_documents_are_value_errors(text: str) -> None:
    with pytest.raises(ValueError):
        wire.loads(text)


@given(st.dictionaries(st.text(), st.text() | st.booleans() | st.integers() | st.none()))
def test_writes_what_json_reads(value: dict[str, object]) -> None:
    assert json.loads(wire.dumps(value)) == value
    assert json.loads(wire.dumps({"nested": value})) == {"nested": value}


def test_lone_surrogates_can_be_written() -> None:
    said = wire.dumps({"a\ud800": "b\udfff"}).encode("utf-8")
    assert json.loads(said) == {"a?": "b?"}


def test_json_and_re_stay_unloaded() -> None:
    code = (
        'import sys; from memctl.hooks import wire; wire.loads(\'{"a": [1, {"b": null}]}\');'
        "wire.dumps({'a': 'b'}); print(sorted({'json', 're'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
