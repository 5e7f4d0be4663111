"""What `recall`, `why`, `context` and `eval` ask a selector with."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from memctl.cli.run import Run, read_text
from memctl.errors import UsageError

if TYPE_CHECKING:
    from memctl.llm.provider import Provider
    from memctl.services.recall.answer import Ask
    from memctl.settings import Settings


def read_query(run: Run, argument: str | None) -> str:
    """The query, from the argument or stdin. Raises UsageError without one."""
    text = read_text(argument, run.out, "query")
    if text is None:
        raise UsageError("no query", hint="say what you are about to do, or pipe it in")
    return text


def ask(
    run: Run,
    query: str,
    settings: "Settings",
    *,
    exclude: Iterable[str] | None = None,
    session: str | None = None,
    fallback: bool = True,
) -> "Ask":
    """`query` with what the settings and the options say; what `session` was shown is left out."""
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
    )


def provider_of(settings: "Settings") -> "Callable[[], Provider]":
    """What makes the provider that selects, called only when a model is asked."""

    def provider() -> "Provider":
        """The provider that selects. Raises ModelFailed where its program or credentials are missing."""
        from memctl.llm.choose import choose

        return choose(settings, "select")

    return provider
