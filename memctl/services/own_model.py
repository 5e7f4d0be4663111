"""Which provider answers where an agent's own command line may: only as the person's settings say."""

from memctl.agents import table
from memctl.llm import choose as others
from memctl.llm.client import Client
from memctl.llm.ledger import Metered
from memctl.llm.own_cli import OwnCli
from memctl.llm.provider import Provider
from memctl.settings import Settings


def client(agent: str) -> Client | None:
    """The command line of the agent of that name, if memctl knows how it is asked."""
    found = table.find(agent)
    return found.client() if found is not None and found.has_client else None


def allowed(settings: Settings, agent: str = "") -> str:
    """The agent whose own CLI may be asked: `agent` itself, without one the first; "" for none."""
    names = [name for name in settings.own_models if client(name) is not None and agent in ("", name)]
    return names[0] if names else ""


def own_cli(settings: Settings, agent: str, *, patient: bool = False) -> Provider:
    """The CLI of `agent`, which the settings allow; `patient` as in `OwnCli`."""
    found = client(agent)
    if found is None:
        raise ValueError(agent)
    model = settings.own_models[agent]
    asked = OwnCli(agent, found, model, settings.daily_calls, patient=patient)
    return Metered(asked, settings.daily_cap_usd or None)


def choose(settings: Settings, purpose: str, agent: str = "") -> Provider:
    """The provider for `purpose` ("enrich", "extract", "session"): the CLI of `agent` (else the first)
    where that is allowed and no other command is named, else what `llm.choose` says. Raises as that does."""
    own = _own(settings, agent)
    return own_cli(settings, own) if own else others.choose(settings, purpose)


def recipient(settings: Settings, purpose: str, agent: str = "") -> str:
    """To whom `choose` would send a prompt, in words; asks nobody and looks at no credentials."""
    own = _own(settings, agent)
    found = client(own)
    if found is None:
        return others.recipient(settings, purpose)
    model = settings.own_models[own] or found.small or "its small_model"
    return f"`{found.command}`, model {model}, with your login ({found.to}, unless set up otherwise)"


def _own(settings: Settings, agent: str) -> str:
    is_free = settings.provider == "auto" and not settings.command.strip()
    return allowed(settings, agent) if is_free else ""
