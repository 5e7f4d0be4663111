"""Whether an agent's own command line may be asked: the question, the answer, and what stands now.

The answer is the person's and stands in their config.toml alone (`own_model`); `configure` refuses an agent
that would give it.
"""

import os
import time
from collections.abc import Mapping
from typing import Any

from memctl import pairs, places
from memctl.agents import table
from memctl.errors import UsageError
from memctl.llm import allowance
from memctl.services import configure
from memctl.services.learn.playback import WINDOW_CHARS
from memctl.services.own_model import client as _client
from memctl.settings import Settings, load
from memctl.store.disk import files


def question(agent: str, settings: Settings) -> str:
    """What the person is asked, with what is sent, to whom, when, and what it costs."""
    client, title = _client(agent), _title(agent)
    if client is None:
        raise ValueError(agent)
    model = settings.own_models.get(agent) or client.small or "the small_model of its settings"
    return "\n".join(
        (
            f"May `{client.command}`, with your login, work for memctl?",
            "  does   after each of your sessions it proposes memories, which wait for",
            "         `memctl review`; for new memories it writes down prompts in which they",
            "         help: other words find them",
            f"  sent   what was said in the session ({WINDOW_CHARS:,} characters a call), names",
            "         and descriptions of your memories, the text of new ones and of those",
            "         that the session may be about; the texts of all only where you, or",
            "         an agent, run `memctl dream --engine llm`; known secrets are replaced",
            f"  to     {client.to},",
            f"         unless {title} is set up to ask somebody else",
            f"  model  {model}",
            "  cost   your plan's quota or your bill: usually 2 calls a session,",
            f"         at most {settings.daily_calls} a day (daily_calls);",
            *(f"         {line}" for line in _cap(client.tells, settings.daily_cap_usd)),
            "  when   in the background, once a session is over or memories were saved;",
            "         never while a prompt waits",
            "With no, nothing is sent. Taken back with:",
            f"  memctl config own-model {agent} --no",
        )
    )


def _cap(tells: str, dollars: float) -> tuple[str, ...]:
    """What the cap in dollars does for a client that tells "price", "tokens" or nothing of what it costs."""
    if not tells:
        return (
            "no cap in dollars can bind (daily_cap_usd): it names neither its",
            "price nor tokens, so daily_calls is the limit",
        )
    cap = f"cap in dollars: ${dollars:g} a day" if dollars else "cap in dollars: none (daily_cap_usd)"
    if tells == "price":
        return (cap,)
    return (cap, "(it names tokens; they count at the dearest price memctl knows)")


def can_be_asked(agent: str) -> bool:
    """Whether memctl knows a command line of `agent` that answers questions."""
    return _client(agent) is not None


def check(agent: str) -> None:
    """Raise UsageError for an agent that cannot be asked."""
    if not can_be_asked(agent):
        raise UsageError(f"memctl knows no command line of {agent}", hint="one of " + ", ".join(_known()))


def grant(agent: str, model: str = "") -> str:
    """Let the CLI of `agent` be asked, with `model` in place of its small one; the path of the settings.

    Raises Refused for an agent that runs this, UsageError for one that memctl cannot ask.
    """
    check(agent)
    forget_answer(agent)
    allowed = pairs.read(_written())
    return configure.write("own_model", _text({**allowed, agent: model or allowed.get(agent, "")}))


def revoke(agent: str) -> bool:
    """Take the consent for `agent` back; whether there was one. Raises Refused where an agent runs this."""
    allowed = pairs.read(_written())
    if agent not in allowed:
        return False
    del allowed[agent]
    configure.write("own_model", _text(allowed))
    return True


def decline(agent: str) -> None:
    """Note that the person said no for `agent`, so that nobody asks again unasked."""
    try:
        places.make_private(os.path.dirname(_declined(agent)))
        files.write_private(_declined(agent), b"")
    except OSError:
        return  # then the question comes once more


def declined(agent: str) -> bool:
    """Whether the person said no for `agent`, and has not said yes or taken its hooks out since."""
    return os.path.exists(_declined(agent))


def forget_answer(agent: str) -> None:
    """Let the question for `agent` be asked again."""
    try:
        os.unlink(_declined(agent))
    except OSError:
        return  # there was none


def _declined(agent: str) -> str:
    return os.path.join(places.state_dir(), "declined", agent)


def state(agent: str, settings: Settings) -> Mapping[str, Any]:
    """What stands for `agent`: whether it is allowed, its command, model and the calls of today."""
    client = _client(agent)
    allowed = settings.own_models
    return {
        "allowed": client is not None and agent in allowed,
        "command": client.command if client else None,
        "model": (allowed.get(agent) or client.small or None) if client else None,
        "calls_today": allowance.calls_today(time.time()),
        "daily_calls": settings.daily_calls,
    }


def sentence(agent: str, settings: Settings) -> str:
    """What `state` says of an agent that is allowed, in one sentence."""
    found = state(agent, settings)
    if not found["command"]:
        return f"own_model names {agent}, of which memctl knows no command line"
    return (
        f"`{found['command']}`, model {found['model'] or 'small_model'}, may be asked after a session: "
        f"{found['calls_today']} of {found['daily_calls']} calls today; "
        f"taken back with: memctl config own-model {agent} --no"
    )


def _known() -> list[str]:
    return [agent.name for agent in table.AGENTS if agent.has_client]


def _written() -> str:
    """`own_model` as the file has it."""
    return load().own_model


def _text(allowed: Mapping[str, str]) -> str:
    return ", ".join(f"{agent}={model}" if model else agent for agent, model in allowed.items())


def _title(agent: str) -> str:
    found = table.find(agent)
    return found.title if found else agent
