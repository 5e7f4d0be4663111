"""Dates: what is read and written, and the moment from which an expiry is over."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memctl.domain import times

DAY = 86_400.0


@pytest.fixture
def in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The local time of a zone behind UTC, with a summer time."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def by_datetime(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1970-01-01T00:00:01.500Z", 1.5),
        ("1970-01-02", DAY),
        (" 1970-01-02 ", DAY),
        ("19700102", DAY),
        ("1970-01-01T01:00:00+01:00", 0.0),
        ("soon", None),
        ("", None),
        ("2026-11-20T02:31:58ZZ", None),
        ("²026-11-20", None),
        (None, None),
        (5, None),
    ],
)
def test_parse(text: object, moment: float | None) -> None:
    assert times.parse(text) == moment


@given(
    st.integers(0, 10_000), st.integers(0, 13), st.integers(0, 32), st.integers(0, 25), st.integers(0, 61),
    st.sampled_from(["", "Z", ".5Z", ".282Z", ".123456Z", "+02:00", " "]),
)  # fmt: skip
def test_parse_agrees_with_datetime(
    year: int, month: int, day: int, hour: int, minute: int, zone: str
) -> None:
    date = f"{year:04d}-{month:02d}-{day:02d}"
    for text in (date, f"{date}T{hour:02d}:{minute:02d}:07{zone}"):
        assert times.parse(text) == by_datetime(text)


@given(st.text("0123456789-:TZ.+ ²", min_size=8, max_size=26))
def test_parse_takes_nothing_that_datetime_refuses(text: str) -> None:
    assert times.parse(text) == by_datetime(text)


@given(st.floats(-3e9, 4e9))
def test_what_is_written_is_read_back(moment: float) -> None:
    parsed = times.parse(times.write(moment))
    assert parsed is not None
    assert abs(parsed - moment) < 0.002
    assert times.parse(times.write_second(moment)) == int(moment)


def test_times_are_written_in_utc_with_a_z() -> None:
    assert times.write(1_795_141_918.2825) == "2026-11-20T02:31:58.282Z"
    assert times.write_second(1_795_141_918.9) == "2026-11-20T02:31:58Z"
    assert times.write_second(1e20) == times.write_second(float("nan")) == "1970-01-01T00:00:00Z"


@pytest.mark.usefixtures("in_new_york")
@pytest.mark.parametrize("text", ["2026-11-20", "20261120", "2026-W47-5"])
def test_a_day_ends_at_local_midnight(text: str) -> None:
    assert times.end_of(text) == times.parse("2026-11-21T00:00:00-05:00")
    assert times.end_of("2026-11-01") - times.end_of("2026-10-31") == 25 * 3600, "the clock is set back"


@pytest.mark.usefixtures("in_new_york")
def test_a_moment_ends_at_itself() -> None:
    assert times.end_of("2026-11-20T02:31:58Z") == times.parse("2026-11-20T02:31:58Z")


@pytest.mark.parametrize("text", ["soon", "", None, ["2026-11-20"]])
def test_what_is_no_time_never_ends(text: object) -> None:
    assert times.end_of(text) == times.NEVER
    assert not times.is_over(times.end_of(text), 1e12)


@pytest.mark.parametrize("text", ["1969-12-31", "0001-01-01", "1970-01-01T00:00:00Z", "1903-05-06T00:00:00Z"])
def test_what_ended_before_the_epoch_is_over(text: str) -> None:
    assert times.is_over(times.end_of(text), 1.0)


def test_the_end_itself_is_over() -> None:
    assert not times.is_over(10.0, 9.999)
    assert times.is_over(10.0, 10.0)
