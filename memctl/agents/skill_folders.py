"""Where agents look for skills: folders that hold a folder with a `SKILL.md` for each.

As their documentation of November 2026 says. Each of them reads the one format of agentskills.io: a YAML
header with `name` (the folder's own: lower-case letters, digits and single hyphens, at most 64) and
`description` (at most 1,024 characters), and Markdown below it.
"""

import os

from memctl.agents.table import Agent
from memctl.agents.transcripts import folders


def folder(agent: Agent, root: str | None) -> str:
    """Where `agent` looks for the skills of the project at `root`; None means the person's own."""
    if root is not None:
        return os.path.join(root, agent.skills)
    variable, below, rest = agent.own_skills
    return os.path.join(folders.base(os.path.expanduser("~"), variable, below), rest)
