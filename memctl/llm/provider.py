"""What answers a prompt: the protocol that `claude` and `command` keep, and the values they exchange."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from memctl.errors import ModelFailed


@dataclass(frozen=True)
class Usage:
    """What one call consumed. Counts are tokens, as the provider reported them; 0 where it said nothing."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cost: float | None = None  # US dollars, only where the provider itself reports them


@dataclass(frozen=True)
class Prompt:
    """One question to a model. `system` is instructions of ours only; everything foreign stands in `user`."""

    purpose: str  # a key of `choose.MODELS`: what the ledger files it under
    system: str
    user: str
    schema: Mapping[str, Any]  # JSON schema of the answer: an object, always the same for one purpose
    max_tokens: int = 2048  # of the answer, a model's thinking included


@dataclass(frozen=True)
class Reply:
    """A usable answer: `data` is an object that has every key that the prompt's schema requires."""

    data: Mapping[str, Any]
    model: str | None = None  # as the provider names it
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0


class Unusable(ModelFailed):
    """An answer came, was paid for and cannot be used: `bad-reply` or `refused`."""

    slug = "bad-reply"

    def __init__(
        self, message: str, *, slug: str = "bad-reply", usage: Usage | None = None, model: str | None = None
    ) -> None:
        super().__init__(message, slug=slug)
        self.usage = usage or Usage()
        self.model = model


class Provider(Protocol):
    """Anything that answers prompts."""

    @property
    def name(self) -> str:
        """`anthropic` or `command`."""

    @property
    def model(self) -> str | None:
        """The model that will be asked; None when the provider decides."""

    def warm(self) -> None:
        """Start what can be prepared before the prompt is known, in the background; returns at once.

        Raises ModelFailed (`no-credentials`) when it is already plain that no answer can come.
        """

    def ask(self, prompt: Prompt, deadline: float) -> Reply:
        """Answer `prompt` within `deadline` seconds of wall time, whatever the other side does.

        Raises ModelFailed with the slug `no-credentials`, `unauthorized`, `rate-limited`, `unavailable`,
        `deadline`, `bad-reply` or `refused`. Never retries a call that may have been billed.
        """
