"""Where agents look for skills: folders that hold a folder with a `SKILL.md` for each.

As their documentation of November 2026 says. Each of them reads the one format of agentskills.io: a YAML
header with `name` (the folder's own: lower-case letters, digits and single hyphens, at most 64) and
`description` (at most 1,024 characters), and Markdown below it.
"""

import os
import re

from memctl.agents.table import Agent
from memctl.agents.transcripts import folders

FILE = "SKILL.md"

NAME_MAX = 64
DESCRIPTION_MAX = 1024

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def folder(agent: Agent, root: str | None) -> str:
    """Where `agent` looks for the skills of the project at `root`; None means the person's own."""
    if root is not None:
        return os.path.join(root, agent.skills)
    variable, below, rest = agent.own_skills
    return os.path.join(folders.base(os.path.expanduser("~"), variable, below), rest)


def is_name(text: str) -> bool:
    """Whether every agent takes `text` for the name of a skill."""
    return len(text) <= NAME_MAX and _NAME.fullmatch(text) is not None
