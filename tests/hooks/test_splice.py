"""Editing settings files in place: nothing but memctl's own entries changes, and removal is exact."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memctl.hooks import jsonc, splice
from memctl.hooks.jsonc import Invalid

ENTRIES = {
    "SessionStart": {"hooks": [{"type": "command", "command": "memctl-own", "timeout": 10}]},
    "Stop": {"hooks": [{"type": "command", "command": "memctl-own", "timeout": 10}]},
}
FOREIGN = {"hooks": [{"type": "command", "command": "theirs"}]}


def is_own(node: jsonc.Node) -> bool:
    found = node.get("command") if node.kind == "object" else None
    return found is not None and found.value == "memctl-own"


def plain(node: jsonc.Node) -> object:
    """The value as `json.loads` would give it."""
    if node.kind == "object":
        return {key: plain(member) for key, _, member in node.members}
    return [plain(item) for item in node.items] if node.kind == "array" else node.value


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
LISTED = st.lists(st.just(FOREIGN) | VALUES, max_size=2)
HOOKS = st.dictionaries(st.sampled_from(["SessionStart", "Stop", "PreToolUse"]), LISTED, max_size=3)
SETTINGS = st.dictionaries(st.text(max_size=6).filter(lambda k: k != "hooks"), VALUES, max_size=3).flatmap(
    lambda rest: st.one_of(st.just(rest), HOOKS.map(lambda hooks: {**rest, "hooks": hooks}))
)
LAYOUTS = st.sampled_from(
    [
        {},
        {"indent": 2},
        {"indent": 4},
        {"indent": "\t"},
        {"separators": (",", ":")},
        {"indent": 0, "separators": (" , ", " :  ")},
    ]
)


@given(SETTINGS, LAYOUTS, st.sampled_from(["", "\n", "\r\n", "  \n"]), st.booleans(), st.booleans())
def test_add_then_take_back_is_the_same_bytes(
    value: object, layout: dict[str, object], tail: str, crlf: bool, bom: bool
) -> None:
    text = ("\ufeff" if bom else "") + json.dumps(value, ensure_ascii=False, **layout) + tail  # type: ignore[arg-type]
    text = text.replace("\n", "\r\n") if crlf else text
    added, chunks = splice.add(text, ENTRIES)
    merged = json.loads(added.lstrip("\ufeff"))
    for event, entry in ENTRIES.items():
        assert merged["hooks"][event][-1] == entry
    assert splice.take_back(added, chunks) == text


@given(SETTINGS, LAYOUTS)
def test_prune_removes_every_own_entry_and_nothing_else(
    value: dict[str, object], layout: dict[str, object]
) -> None:
    text = json.dumps(value, **layout)  # type: ignore[arg-type]
    added, _ = splice.add(text, ENTRIES)
    twice, _ = splice.add(added, ENTRIES)
    left = json.loads(splice.prune(twice, is_own))
    expected = json.loads(text)
    hooks = {
        event: listed for event, listed in expected.get("hooks", {}).items() if listed or event not in ENTRIES
    }
    if hooks:
        assert left["hooks"] == hooks
    assert {k: v for k, v in left.items() if k != "hooks"} == {
        k: v for k, v in expected.items() if k != "hooks"
    }


def test_comments_stay() -> None:
    text = '{\n  // mine\n  "theme": "dark", /* why */\n  "hooks": {\n    "Stop": [] // none yet\n  }\n}\n'
    added, chunks = splice.add(text, ENTRIES, comments=True)
    assert "// mine" in added
    assert "/* why */" in added
    hooks = jsonc.parse(added, comments=True).get("hooks")
    assert hooks is not None
    assert set(plain(hooks)) == set(ENTRIES)  # type: ignore[call-overload]
    assert splice.take_back(added, chunks, comments=True) == text


def test_what_a_person_added_since_stays() -> None:
    text = '{\n  "theme": "dark"\n}\n'
    added, chunks = splice.add(text, ENTRIES)
    edited = added.replace('"theme": "dark"', '"theme": "light",\n  "model": "x"')
    assert splice.take_back(edited, chunks) == '{\n  "theme": "light",\n  "model": "x"\n}\n'


def test_an_entry_that_a_person_changed_is_pruned_instead() -> None:
    added, chunks = splice.add("{}", ENTRIES)
    edited = added.replace('"timeout": 10', '"timeout": 20')
    assert splice.take_back(edited, chunks) is None
    assert json.loads(splice.prune(edited, is_own)) == {}


def test_an_own_entry_beside_a_foreign_one_in_a_group_goes_alone() -> None:
    group = {
        "matcher": "startup",
        "hooks": [{"command": "theirs"}, {"command": "memctl-own"}, {"command": "last"}],
    }
    text = json.dumps({"hooks": {"SessionStart": [group]}}, indent=2)
    left = json.loads(splice.prune(text, is_own))
    kept = left["hooks"]["SessionStart"][0]
    assert kept == {"matcher": "startup", "hooks": [{"command": "theirs"}, {"command": "last"}]}


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"a" 1}', '{"a": 1,}', "{'a': 1}", '{"a": 1} x', '"x"', "nul", '{"hooks": []}',
     '{"hooks": {"Stop": {}}}', "{" * 5_000, '{"a": "\n"}', '{"a": 01}', '// c\n{}', '{"a": [1,]}'],
)  # fmt: skip
def test_what_the_host_could_not_read_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        splice.add(text, ENTRIES)


@given(st.text(alphabet='{}[]",:0-1etrufalsn \\/*\n', max_size=40))
def test_the_reader_accepts_what_json_accepts_and_no_more(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(Invalid):
            jsonc.parse(text)
    else:
        assert plain(jsonc.parse(text)) == expected
