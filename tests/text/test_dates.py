"""Relative dates: what a text says of days, and what each means."""

import time
from datetime import date

import pytest

from memctl.text import dates


def test_relative_dates_take_as_long_as_the_text_is() -> None:
    def seconds(times: int) -> float:
        start = time.process_time()
        dates.relative("tomorrow " * times, date(2026, 11, 20))
        return time.process_time() - start

    short = max(min(seconds(500) for _ in range(3)), 0.0005)
    assert seconds(8_000) < 100 * short, "16 times as much; what is quadratic takes 256 times"


@pytest.mark.parametrize("today", [date.min, date.max])
def test_no_date_beyond_the_calendar_is_told(today: date) -> None:
    text = "next month, last month, next quarter, last year, next year, tomorrow, yesterday, 明年, 去年, next week"
    for _, means in dates.relative(text, today):
        assert "10000" not in means
        assert not means.startswith(("0-", "0 "))
