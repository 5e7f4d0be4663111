"""The short cut for headers in the usual form says exactly what the lenient reader says."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from memctl.format import header, summary

VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "feedback",
            "user # old",
            '"quoted: yes"',
            "'it''s'",
            '"bad',
            "a  # comment",
            "[a, b]",
            "- x",
            "|",
            "",
        ]
    ),
    st.sampled_from(["2026-11-20", "2026-11-20T02:31:58.282Z", "2026-02-30", "1969-12-31T23:59:59Z", "soon"]),
)
KEYS = st.sampled_from(
    [
        "name",
        "description",
        "type",
        "metadata",
        "  type",
        "  modified",
        "  expires",
        "  supersededBy",
        "other",
    ]
)


@st.composite
def topic_files(draw: st.DrawFn) -> bytes:
    lines = [
        f"{draw(KEYS)}:{draw(st.sampled_from([' ', '', '  ']))}{draw(VALUES)}"
        for _ in range(draw(st.integers(0, 6)))
    ]
    start = draw(st.sampled_from(["---\n", "---\r\n", "\ufeff---\n", "", "--- \n"]))
    end = draw(st.sampled_from(["---\n", "---", "\n---\n", "--- \n", ""]))
    return (start + "\n".join(lines) + "\n" + end + draw(st.text(max_size=60))).encode(
        "utf-8", "surrogatepass"
    )


@given(topic_files())
@example(b"---\nname: x\ndescription: d\nmetadata:\n  type: user\nname: y\n---\nbody\n")
@example(b"---\ndescription: d\n---\nbody\n---\nmore\n")
@example(b'---\ndescription: "a" b\n---\n')
@example(b"---\n---\n")
@example(b"---\ndescription: caf\xe9\n---\n")
@example(b"---\ndescription: d\nmetadata:\n  modified: 2026-01-01\ntype: x\n  expires: 2026-01-01\n---\n")
def test_the_short_cut_agrees_with_the_lenient_reader(raw: bytes) -> None:
    quick, full = header.read(raw), header.read_leniently(raw)
    for part in header.Head.__slots__:
        assert getattr(quick, part) == getattr(full, part), part


PLAIN_KEYS = ("name", "description", "type", "  type", "  modified", "  expires", "  pinned", "metadata")
PLAIN_VALUES = st.sampled_from(
    ["feedback", '"quoted: yes"', '""', '"', "a: b", "a #b", "2026-11-20", "- x", "\x85", "x\u2028y"]
)


@given(
    st.lists(st.tuples(st.sampled_from(PLAIN_KEYS), PLAIN_VALUES), max_size=8),
    st.sampled_from(["", "body\n", "---\n"]),
)
def test_the_short_cut_agrees_near_the_usual_form(lines: list[tuple[str, str]], body: str) -> None:
    inner = [f"{key}:" if key == "metadata" else f"{key}: {value}" for key, value in lines]
    raw = "\n".join(["---", *inner, "---", body]).encode()
    quick, full = header.read(raw), header.read_leniently(raw)
    assert [getattr(quick, part) for part in quick.__slots__] == [
        getattr(full, part) for part in full.__slots__
    ]


def test_the_usual_form_takes_the_short_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(header, "read_leniently")
    raw = (
        b'---\nname: prefer-pnpm\ndescription: "one: line"\nmetadata:\n  type: feedback\n'
        b"  modified: 2026-11-20T02:31:58.282Z\n  expires: 2026-12-31\n---\nThe fact.\n"
    )
    found = summary.read(raw, "prefer-pnpm.md", 5.0)
    assert (found.name, found.description, found.type) == ("prefer-pnpm", "one: line", "feedback")
    assert (found.modified, found.body) == (1795141918.282, "The fact.\n")
