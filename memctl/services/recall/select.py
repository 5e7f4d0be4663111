"""The `llm` selector: headers go to a model, file names come back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from memctl.domain.selection import Header, K, manifest, match
from memctl.llm import prompts
from memctl.llm.provider import Provider, Unusable

Redact = Callable[[str], str]
"""Replaces every secret in a text: the guard's."""


@dataclass(frozen=True)
class Chosen:
    """What the model chose: files of the directory, best first, and the model's name."""

    files: tuple[str, ...]
    model: str | None
    warnings: tuple[str, ...] = ()


def select(
    query: str,
    headers: Sequence[Header],
    provider: Provider,
    *,
    deadline: float,
    now: float,
    redact: Redact,
    limit: int = K,
) -> Chosen:
    """Ask `provider` which of `headers` help with `query`; at most `limit` files, none is a good answer.

    Only the headers are sent, and the query; secrets in either are replaced before. Names that the manifest
    does not hold are dropped. `deadline` is in seconds of wall time. Raises ModelFailed.
    """
    shown = manifest(headers, now, lambda text: prompts.line(redact(text)))
    prompt = prompts.select(redact(query), shown.text, limit)
    reply = provider.ask(prompt, deadline)
    files, unknown = match(reply.data["files"], shown, limit)
    if unknown and not files:
        raise Unusable("the model named only memories that do not exist", model=reply.model)
    warnings = (f"the model named {unknown} that {_do(unknown)} not exist; dropped",) if unknown else ()
    return Chosen(tuple(files), reply.model or provider.model, warnings)


def _do(count: int) -> str:
    return "does" if count == 1 else "do"
