"""What `recall`, `why`, `context` and `eval` ask a selector with."""

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from memctl.cli.run import Run, read_text
from memctl.domain import times
from memctl.errors import UsageError

if TYPE_CHECKING:
    from memctl.llm.provider import Provider
    from memctl.services.recall.answer import Ask
    from memctl.settings import Settings


def read_query(run: Run, argument: str | None) -> str:
    """The query, from the argument or stdin. Raises UsageError without one."""
    text = read_text(argument, run.out, "query")
    if text is None or not text.strip():
        what = "no query" if text is None else "the query is empty"
        raise UsageError(
            what, hint="say what you are about to do, or pipe it in; memctl list shows everything"
        )
    return text


def moment(text: str | None, now: float) -> float | None:
    """What `--as-of` means: the end of a date in UTC, the moment of a date-time, or the end of the day so
    long ago; None without it. Raises UsageError."""
    if text is None:
        return None
    found = times.end_of_day(_day(text, now) or text)
    if found is None:
        raise UsageError(f"{text!r} is no date", hint="write 2026-05-12, or 30d, 6w, 3m, 1y ago")
    return found


def beginning(text: str | None, now: float) -> float:
    """What `--since` means: the beginning of a date in UTC, the moment of a date-time, or the beginning of
    the day so long ago; 0.0 without it. Raises UsageError."""
    if text is None:
        return 0.0
    found = times.parse(_day(text, now) or text)
    if found is None:
        raise UsageError(f"{text!r} is no date", hint="write 2026-05-12, or 30d, 6w, 3m, 1y ago")
    return found


def point(ref: str, now: float) -> str:
    """What `--at` and `diff` mean by `ref`: `30d`, as of `--as-of`, is that day; a commit or date itself."""
    return (len(ref.strip()) <= ABBREVIATED and _day(ref, now)) or ref


ABBREVIATED = 4
"""Characters up to which `30d` is a time ago where a commit may be named, too: longer ones are commits."""


def _day(text: str, now: float) -> str:
    """The day in UTC that `30d`, `6w`, `3m` or `1y` ago was; "" for another text."""
    ago = re.fullmatch(r"(\d{1,4})\s*([dwmy])", text.strip())
    if ago is None:
        return ""
    days = int(ago[1]) * {"d": 1, "w": 7, "m": 30, "y": 365}[ago[2]]
    return times.write_second(max(0.0, now - days * 86_400))[:10]


def ask(
    run: Run,
    query: str,
    settings: "Settings",
    *,
    exclude: Iterable[str] | None = None,
    session: str | None = None,
    fallback: bool = True,
    holding: bool = False,
    as_of: float | None = None,
) -> "Ask":
    """`query` with what the settings and the options say; what `session` was shown is left out. `holding`
    asks for what holds now alone, `as_of` for what was there at that moment."""
    from memctl.services.recall.answer import Ask
    from memctl.store.state.surfaced import seen

    return Ask(
        query,
        selector=settings.selector,
        deadline=settings.deadline,
        limit=settings.limit,
        exclude=frozenset(exclude or ()),
        surfaced=seen(run.directory, session) if session else (),
        semantic=settings.semantic,
        fallback=fallback,
        holding=holding,
        as_of=as_of,
    )


def of_other_types(run: Run, type_: str | None, then: float | None) -> list[str]:
    """The memories that are not of `type_`, as they are or were `then`; none without it."""
    if type_ is None:
        return []
    from memctl.services.recall import overview

    found = overview.headers(run.directory, now=run.now)[0] if then is None else None
    found = overview.headers_then(run.directory, then)[0] if found is None and then is not None else found
    return [hit.file for hit in found or () if hit.type != type_]


def provider_of(settings: "Settings") -> "Callable[[], Provider]":
    """What makes the provider that selects, called only when a model is asked."""

    def provider() -> "Provider":
        """The provider that selects. Raises ModelFailed where its program or credentials are missing."""
        from memctl.llm.choose import choose

        return choose(settings, "select")

    return provider
