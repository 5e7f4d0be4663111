"""The quick reader of headers says exactly what the full decoder says."""

from hypothesis import example, given
from hypothesis import strategies as st

from memctl.format import summary, topic

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
def test_fields_agree_with_the_decoder(raw: bytes) -> None:
    quick = summary.read(raw, "some/file.md", 5.0)
    full = topic.decode(raw, "some/file.md", 5.0)
    assert (quick.name, quick.description, quick.type) == (full.name, full.description, full.type)
    assert quick.modified == full.modified
    assert quick.body == full.body
    assert tuple(quick.warnings) == full.warnings
    assert quick.expires == (topic.parse_time(full.metadata.get("expires")) or 0.0)


@given(
    st.integers(0, 10_000), st.integers(0, 13), st.integers(0, 32), st.integers(0, 25), st.integers(0, 61),
    st.sampled_from(["", "Z", ".5Z", ".282Z", ".123456Z", "+02:00", " "]),
)  # fmt: skip
def test_times_agree_with_datetime(
    year: int, month: int, day: int, hour: int, minute: int, zone: str
) -> None:
    date = f"{year:04d}-{month:02d}-{day:02d}"
    for text in (date, f"{date}T{hour:02d}:{minute:02d}:07{zone}"):
        assert summary.epoch(text) == topic.parse_time(text)


def test_the_types_are_the_domains() -> None:
    from memctl.domain.memory import TYPES

    assert summary.TYPES == TYPES
