"""Times as memories write them, and when a memory's time is over: the one place that reads and writes dates.

A moment is a float, seconds since the epoch. Text without a zone means UTC, but the day of an expiry is a day
of the person's: it ends at midnight in local time. On the hot path: imports nothing but the built-in `time`;
datetime, which costs as much as all the rest, is loaded for the forms that neither Claude Code nor memctl
writes.
"""

import time

NEVER = 0.0
"""The end of what does not expire."""

_DAYS_BEFORE_MONTH = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


def parse(text: object) -> "float | None":
    """The moment of an ISO date or date-time; None when `text` is neither. No zone means UTC."""
    if not isinstance(text, str) or not text.strip():
        return None
    text = text.strip()
    known = _parse_plain(text) if text.isascii() else None
    return _parse_any(text) if known is None else known


def _parse_any(text: str) -> "float | None":
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _parse_plain(text: str) -> "float | None":
    """The forms that Claude Code and memctl write: `2026-11-20` and `2026-11-20T02:31:58[.282]Z`."""
    day = _plain_day(text[:10])
    if day is None or len(text) == 10:
        return None if day is None else _days(*day) * 86_400.0
    hour, minute, second, fraction = text[11:13], text[14:16], text[17:19], text[19:-1] or ".0"
    if text[10] + text[13:14] + text[16:17] + fraction[0] + text[-1] != "T::.Z":
        return None
    if not (hour + minute + second + fraction[1:]).isdigit() or len(fraction) not in (2, 4, 7):
        return None
    if hour > "23" or minute > "59" or second > "59":
        return None
    seconds = _days(*day) * 86_400 + int(hour) * 3_600 + int(minute) * 60 + int(second)
    return (seconds * 10**6 + int(fraction[1:].ljust(6, "0"))) / 10**6


def _plain_day(text: str) -> "tuple[int, int, int] | None":
    """(year, month, day) of `2026-11-20`; None for other forms and for a 29th to 31st: datetime knows."""
    digits = text[:4] + text[5:7] + text[8:]
    if len(digits) != 8 or text[4] + text[7] != "--" or not digits.isdigit():
        return None
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    return (year, month, day) if year and 1 <= month <= 12 and 1 <= day <= 28 else None


def _days(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 to a day of the Gregorian calendar."""
    leaps = year - (month < 3)
    since_year_one = 365 * year + leaps // 4 - leaps // 100 + leaps // 400
    return since_year_one - 719_528 + _DAYS_BEFORE_MONTH[month - 1] + day


def write(moment: float) -> str:
    """`moment` as Claude Code writes it, RFC 3339 in UTC: `2026-11-20T02:31:58.282Z`.

    Raises ValueError or OverflowError for what no calendar holds.
    """
    whole = int(moment // 1)
    seconds, micros = divmod(whole * 10**6 + round((moment - whole) * 10**6), 10**6)
    return f"{_write_clock(seconds)}.{micros // 1000:03d}Z"


def write_second(moment: float) -> str:
    """`moment` to the second, `2026-11-20T02:31:58Z`; what no calendar holds becomes the epoch."""
    try:
        return _write_clock(int(moment)) + "Z"
    except (ValueError, OverflowError, OSError):
        return "1970-01-01T00:00:00Z"


def _write_clock(seconds: int) -> str:
    year, month, day, hour, minute, second = time.gmtime(seconds)[:6]
    if not 1 <= year <= 9999:
        raise ValueError(f"{year} is no year of the calendar")
    return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}"


def end_of(text: object) -> float:
    """The moment from which `expires: text` is over: of a date the midnight after it, local time.

    NEVER when `text` is no time. What ended before 1970-01-01T00:00:01Z counts as ended then, so that every
    end is above NEVER.
    """
    moment = parse(text)
    if moment is None:
        return NEVER
    day = _day(str(text).strip())
    return max(1.0, moment if day is None else _midnight_after(*day, moment + 86_400.0))


def last_day(end: float) -> str:
    """The last day, local time, of what ends at `end` (of `end_of`): `2026-05-12`."""
    try:
        return time.strftime("%Y-%m-%d", time.localtime(end - 1.0))
    except (ValueError, OverflowError, OSError):
        return write_second(end)[:10]


def _day(text: str) -> "tuple[int, int, int] | None":
    """(year, month, day) of a text that is a whole day in any ISO form; None for a date-time."""
    plain = _plain_day(text) if text.isascii() else None
    if plain is not None or len(text) > len("2026-11-20"):
        return plain
    from datetime import date

    try:
        return date.fromisoformat(text).timetuple()[:3]
    except ValueError:
        return None


def _midnight_after(year: int, month: int, day: int, otherwise: float) -> float:
    try:
        return time.mktime((year, month, day + 1, 0, 0, 0, 0, 0, -1))
    except (OverflowError, ValueError):
        return otherwise  # a year that the system's calendar does not reach


def day(text: object) -> "tuple[float, float] | None":
    """When a date, a whole day of the person's, begins and ends, local time; None for anything else."""
    found = _day(text.strip()) if isinstance(text, str) and parse(text) is not None else None
    if found is None:
        return None
    year, month, number = found
    begin = _days(year, month, number) * 86_400.0
    return _midnight_after(year, month, number - 1, begin), _midnight_after(*found, begin + 86_400.0)


def latest_day(text: str, before: float) -> float:
    """The beginning, in UTC, of the latest ISO day written in `text` that is not after `before`; 0.0 when
    there is none.

    A text is no older than what it tells of, and a day that was to come says nothing of its age.
    """
    latest = 0.0
    at = text.find("-")
    while at >= 0:
        day = text[at - 4 : at + 6] if at >= 4 and text[at + 3 : at + 4] == "-" else ""
        if day[:4].isdigit() and not (text[at - 5 : at - 4] + text[at + 6 : at + 7]).isalnum():
            moment = parse(day) or 0.0
            latest = moment if latest < moment <= before else latest
        at = text.find("-", at + 1)
    return latest


def end_of_day(text: object) -> "float | None":
    """The last moment of a date in UTC, or the moment of a date-time; None when `text` is neither."""
    moment = parse(text)
    if moment is None:
        return None
    return moment if _day(str(text).strip()) is None else moment + 86_399.999


def is_over(end: float, now: float) -> bool:
    """Whether what ends at `end` (of `end_of`) is over at `now`: from that very moment on."""
    return NEVER < end <= now
