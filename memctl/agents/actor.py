"""Who runs this command: the person, or an agent in a shell of its own."""

import os

from memctl.agents import table


def actor() -> str:
    """Who runs this command: an agent that marks its shells, else the person.

    A memory that is saved in such a shell comes from the agent.
    """
    marked = (agent.name for agent in table.AGENTS if agent.mark and os.environ.get(agent.mark))
    return next(marked, "memctl")
