"""Who runs this command: the person, or an agent in a shell of its own."""

import os

from memctl.agents import table

PERSON = "memctl"
"""The actor that stands for the person: no agent marked the shell that memctl runs in."""


PROVIDER = "provider"
"""The actor that stands for a model's program that memctl itself started: it is asked without the marks of an
agent, and whatever it starts is not the person."""


def actor() -> str:
    """Who runs this command: an agent that marks its shells, what memctl asked a question, else the person.

    A memory that is saved in such a shell comes from the agent.
    """
    marked = (agent.name for agent in table.AGENTS for mark in agent.marks if os.environ.get(mark))
    return next(marked, PROVIDER if os.environ.get("MEMCTL_IN_PROVIDER") else PERSON)
