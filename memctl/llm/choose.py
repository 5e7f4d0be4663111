"""Which provider answers: from the user's own settings and nothing else."""

import os

from memctl.errors import ModelFailed
from memctl.llm.ledger import Metered
from memctl.llm.provider import Provider
from memctl.settings import Settings

MODELS = {
    "select": "model",
    "enrich": "enrich_model",
    "extract": "extract_model",
    "session": "extract_model",
    "compress": "extract_model",
    "dream": "extract_model",
}
"""The setting that names the model, by what it is asked for."""


def choose(settings: Settings, purpose: str) -> Provider:
    """The provider for `purpose` (a key of MODELS), its calls entered in the ledger.

    Raises ModelFailed when the settings ask for a command and name none that can be read.
    """
    model: str = getattr(settings, MODELS[purpose])
    kind = settings.provider
    if kind == "auto":
        kind = "command" if settings.command.strip() else "anthropic"
    cap = settings.daily_cap_usd or None
    if kind == "command":
        return Metered(_command(settings, MODELS[purpose], model), cap)
    if kind == "anthropic":
        from memctl.llm.claude import ClaudeProvider

        return Metered(ClaudeProvider(model), cap)
    raise ModelFailed(f"there is no provider called {kind}", hint="anthropic or command")


def recipient(settings: Settings, purpose: str) -> str:
    """To whom `choose` would send a prompt, in words; asks nobody and looks at no credentials."""
    if settings.command.strip() and settings.provider != "anthropic":
        return f"your command `{settings.command.strip()}`"
    address = os.environ.get("ANTHROPIC_BASE_URL") or "https://api.anthropic.com"
    address = address.rpartition("@")[2]  # what stands before it is a name and a password
    return f"{address}, model {getattr(settings, MODELS[purpose])}"


def _command(settings: Settings, name: str, model: str) -> Provider:
    from memctl.llm.command import CommandProvider

    # The default model is a name of Anthropic's; another command may not know it, so only a model that the
    # user chose is handed on.
    chosen = settings.origins.get(name, "default") != "default"
    return CommandProvider(settings.command, model if chosen else None)
