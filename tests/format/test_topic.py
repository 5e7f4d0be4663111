"""Topic files: every form is read, damage is said, writing changes only what it must."""

import re

import frontmatter
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from memctl.domain import times
from memctl.errors import Damaged
from memctl.format import topic as codec
from tests.kit.topics import topic

one_line = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1).filter(
    lambda s: s == " ".join(s.split())
)


def read(text: str | bytes, file: str = "a-file.md") -> codec.Memory:
    return codec.decode(text.encode() if isinstance(text, str) else text, file, 1.0)


def test_current_form() -> None:
    memory = read(topic("prefer-pnpm", '"one line: what # it is"', "Body\n", "feedback"))
    assert (memory.name, memory.description, memory.type) == (
        "prefer-pnpm",
        "one line: what # it is",
        "feedback",
    )
    assert memory.body == "Body\n"
    assert memory.warnings == ()


def test_older_form_has_its_type_at_the_top() -> None:
    assert read("---\nname: Any Text Here\ndescription: d\ntype: user\n---\n").type == "user"


@pytest.mark.parametrize(
    ("line", "description"),
    [
        ("fix: the parser", "fix: the parser"),
        ("see #12: it breaks", "see #12: it breaks"),
        ("issue #42 in the parser", "issue #42 in the parser"),
        ("text   # an aligned comment", "text"),
        ("'it''s quoted'", "it's quoted"),
        ('"a \\u0041 and \\"b\\"" # comment', 'a A and "b"'),
        ('"quoted" and more', '"quoted" and more'),
        ("yes", "yes"),
        ("2026-01-01", "2026-01-01"),
        ("[draft] of the plan", "[draft] of the plan"),
        ("@mention and %percent", "@mention and %percent"),
        ("trailing colon:", "trailing colon:"),
        ("- starts like a list", "- starts like a list"),
    ],
)
def test_description_is_what_its_author_meant(line: str, description: str) -> None:
    assert read(f"---\nname: n\ndescription: {line}\n---\nb").description == description


def test_rich_yaml_goes_to_the_yaml_parser() -> None:
    memory = read(
        "---\nname: n\ndescription: >-\n  folded\n  text\ntags: [a, b]\nmetadata:\n  type: user\n---\nb"
    )
    assert memory.description == "folded text"
    assert memory.header["tags"] == ["a", "b"]
    assert memory.type == "user"


def test_flat_values_beside_rich_ones_keep_their_hash() -> None:
    memory = read("---\nname: n\ndescription: fixes #12 and #13\ntags:\n  - a\n---\nb")
    assert memory.description == "fixes #12 and #13"
    assert memory.header["tags"] == ["a"]


def test_keys_that_break_other_loaders() -> None:
    memory = read("---\ncontent: x\nhandler: y\nself: z\nname: n\ndescription: d\n---\nb")
    assert memory.header["self"] == "z"
    assert memory.body == "b"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"just text\n", "no frontmatter"),
        (b"", "no frontmatter"),
        (b"---\nname: n\ndescription: d\n\nbody\n", "not terminated"),
        (b"---\nname: [a, b]\ndescription: d\n---\n", "name is a list"),
        (b"---\nname: n\ndescription: {a: b}\n---\n", "description is not a text"),
        (b"---\nname: n\nname: m\ndescription: d\n---\n", "stands twice"),
        (b"---\nname: n\ndescription: d\ntype: secret\n---\n", "none of user"),
        (b"---\nname: n\nx: [1\n---\n", "not valid YAML"),
        (b"---\nname: &a x\ndescription: *a\n---\n", "anchor"),
        (b"---\nx: " + b"[" * 20_000 + b"\n---\n", "nested too deep"),
        (b"---\nname: n\ndescription: d\n---\nbad \xff byte", "line 5: is not valid UTF-8"),
        (b"---\nname: n\ndescription: d\n---\nnul \0 byte", "line 5: holds a NUL"),
        ("---\nname: n\n---\n".encode("utf-16"), "UTF-16"),
    ],
)
def test_damage_is_said(raw: bytes, said: str) -> None:
    memory = read(raw)
    assert any(said in warning for warning in memory.warnings), memory.warnings
    assert memory.name


def test_unterminated_header_still_gives_its_keys_and_its_body() -> None:
    memory = read("---\nname: n\ndescription: d\n\nthe body\n")
    assert (memory.name, memory.description) == ("n", "d")
    assert "the body" in memory.body


def test_alias_bomb_is_not_expanded() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40)]
    memory = read("---\n" + "\n".join(lines) + "\n---\nb")
    assert len(str(memory.header)) < 10_000


def test_bom_and_crlf_are_read_and_kept() -> None:
    raw = b"\xef\xbb\xbf---\r\nname: n\r\ndescription: d\r\n---\r\nbody\r\n"
    memory = read(raw)
    assert (memory.description, memory.body, memory.warnings) == ("d", "body\r\n", ())
    new = codec.rewrite(memory, description="other")
    assert new == raw.replace(b"description: d", b"description: other")


def test_rewrite_keeps_unknown_keys_comments_order_and_body() -> None:
    text = (
        "---\n# mine\nzeta: 1\nname: n\ncustom:\n  - a\n  - b\ndescription: old\n"
        "metadata:\n  node: x\n  type: user   \n  originSessionId: 5b0c\n---\n\nbody  \n\n\n"
    )
    new = codec.rewrite(read(text), description="new: one", metadata={"modified": "2026-01-02T03:04:05.000Z"})
    expected = text.replace("description: old", 'description: "new: one"').replace(
        "5b0c\n", "5b0c\n  modified: 2026-01-02T03:04:05.000Z\n"
    )
    assert new.decode() == expected


def test_rewrite_moves_an_older_type_under_metadata() -> None:
    new = codec.rewrite(
        read("---\nname: n\ntype: user\ndescription: d\n---\nb"), metadata={"type": "feedback"}
    )
    assert new.decode() == "---\nname: n\ndescription: d\nmetadata:\n  type: feedback\n---\nb"


def test_rewrite_removes_a_metadata_key_with_its_lines() -> None:
    text = "---\nname: n\nmetadata:\n  evidence:\n    - one\n    - two\n  type: user\n---\nb"
    new = codec.rewrite(read(text), metadata={"evidence": None})
    assert new.decode() == "---\nname: n\nmetadata:\n  type: user\n---\nb"


def test_lists_are_written_and_read_back() -> None:
    evidence = ["src/a.py:3-9@5b0c", "has: colon", "- dash"]
    new = codec.rewrite(read(topic("n")), metadata={"evidence": evidence})
    assert read(new).metadata["evidence"] == evidence
    again = codec.rewrite(read(new), metadata={"evidence": evidence[:1], "modified": "2026-01-01"})
    assert read(again).metadata["evidence"] == evidence[:1]
    assert read(again).metadata["type"] == "project"


@pytest.mark.parametrize("raw", [b"---\nname: n\nbody", b"---\nname: n\n---\n\xff", b"---\nname: n\n---\n\0"])
def test_rewrite_refuses_a_file_it_cannot_be_sure_of(raw: bytes) -> None:
    with pytest.raises(Damaged):
        codec.rewrite(read(raw), description="x")


@given(
    name=one_line, description=one_line, body=st.text(st.characters(exclude_categories=("Cs",)), max_size=200)
)
def test_what_is_written_is_read_back_by_us_and_by_yaml(name: str, description: str, body: str) -> None:
    raw = codec.encode(name, description, body, {"type": "user", "modified": times.write(0)})
    memory = codec.decode(raw, "f.md")
    assert (memory.name, memory.description, memory.type) == (name, description, "user")
    assert memory.body == (body if not body or body.endswith("\n") else body + "\n")
    header = raw.decode().split("---\n")[1]
    loaded = yaml.safe_load(header)
    assert loaded["name"] == name
    assert loaded["description"] == description


@given(description=one_line)
def test_a_changed_description_leaves_every_other_byte(description: str) -> None:
    before, after = "---\nname: n\nkey: [1, 2] # c\n", "extra:\n    deep: yes\n---\r\nbody \t\n\n---\nmore"
    memory = read(before + "description: old\n" + after)
    new = codec.rewrite(memory, description=description).decode()
    assert new.startswith(before)
    assert new.endswith(after)
    assert codec.decode(new.encode(), "f.md").description == description


@given(st.binary(max_size=400))
def test_any_bytes_are_read(data: bytes) -> None:
    for raw in (data, b"---\n" + data, b"---\nname: x\n" + data + b"\n---\nbody"):
        memory = read(raw)
        assert memory.raw == raw
        assert memory.fingerprint.startswith("sha256:")


def test_agrees_with_python_frontmatter_on_plain_files() -> None:
    text = topic("n", "a plain description", "# Body\n\ntext")
    keys, body = frontmatter.parse(text)
    memory = read(text)
    assert memory.description == keys["description"]
    assert memory.body.strip() == body


ends = st.sampled_from(["\n", "\r\n"])
trivia = st.sampled_from(["", "   ", "# a remark", "# key: of old", "\t"])
tops = st.sampled_from(
    [
        ["zeta: 1   "],
        ["tags: [a, b] # c"],
        ["list:", "- a", "# between", "- b"],
        ["'quoted': \"v\""],
        ["text: |", "  # a heading", "", "  more"],
        ["other:", "  modified: not mine", "  # deep", "  type: nor this"],
    ]
)
nested = st.sampled_from(
    [
        ["  node: x  # why"],
        ["  evidence:", "    - a@5b0c", "    # between", "    - b@5b0c"],
        ["  # about the next"],
        [""],
        ["  'pinned': \"true\"   "],
        ["  note: >-", "    folded # text", "    on"],
    ]
)


def unique(parts: list[list[str]]) -> list[list[str]]:
    return list({"\n".join(part): part for part in parts}.values())


@st.composite
def files(draw: st.DrawFn) -> list[str]:
    """The lines of a topic file as people leave them, each with its own line end; two of them change."""
    around = [[line] for line in draw(st.lists(trivia, max_size=3))]
    top = unique([*draw(st.lists(tops, max_size=3)), ["name: n  # short"], ["description: 'old: one'"]])
    under = unique([*draw(st.lists(nested, max_size=3)), ["  type: User"], ["  modified: 2020-01-01"]])
    metadata = ["metadata:", *(line for part in draw(st.permutations(under)) for line in part)]
    inner = [line for part in draw(st.permutations([*top, *around, metadata])) for line in part]
    body = draw(st.lists(st.sampled_from(["text", "  ", "", "---", "# description: x", "modified: y"])))
    lines = [line + draw(ends) for line in ["---", *inner, "---", *body]]
    lines[0] = draw(st.sampled_from(["", "\ufeff"])) + lines[0]
    if body and draw(st.booleans()):
        lines[-1] = lines[-1].rstrip("\r\n")
    return lines


@given(files(), st.booleans())
def test_an_update_leaves_every_line_but_those_of_the_keys_that_change(
    lines: list[str], new_key: bool
) -> None:
    memory = read("".join(lines))
    asked = {"type": "user", "modified": times.write(0), **({"expires": "2030-01-01"} if new_key else {})}
    after = codec.rewrite(memory, name="n", description="new: two", metadata=asked)
    now = read(after)
    assert (now.description, now.metadata["modified"], now.body) == ("new: two", times.write(0), memory.body)
    changed = ("description: 'old", "  modified: 2020")
    fresh = ('description: "new: two"', f"  modified: {times.write(0)}", "  expires: 2030-01-01")
    made = [line for line in re.split(r"(?<=\n)", after.decode()) if line]
    assert [line for line in made if not line.startswith(fresh)] == [
        line for line in lines if line and not line.startswith(changed)
    ]
    assert sum(line.startswith(fresh) for line in made) == 2 + new_key


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "", " c "]), ends), max_size=6), st.booleans(), st.data()
)
def test_the_lines_of_a_body_that_stay_keep_their_line_ends(
    old: list[tuple[str, str]], closed: bool, data: st.DataObject
) -> None:
    lines = ["".join(pair) for pair in old]
    lines = [*lines, "z"] if not closed else lines
    at = data.draw(st.integers(0, len(lines) - (not closed)))
    new = [*lines[:at], "new\n", *lines[at:]]
    said = "".join(line.replace("\r", "") for line in new)
    memory = read(topic("n", body="".join(lines)))
    body = read(codec.rewrite(memory, body=said)).body
    assert body.replace("\r", "") == said
    kept = re.split(r"(?<=\n)", body)
    assert [line for line in kept if line and "new" not in line] == lines
