"""The skill that teaches an agent to save well: one `SKILL.md`, a whole file of memctl's own."""

import os
import re
from dataclasses import dataclass
from importlib import resources

from memctl.agents import skill_folders
from memctl.agents.table import Agent
from memctl.domain import skill_file
from memctl.hooks import rewrite
from memctl.hooks.checksum import Form
from memctl.hooks.rewrite import Rewrite

NAME = "memctl"
"""Of the skill, and so of its folder."""

FORM = Form("skill", re.compile(r'^metadata:\r?\n  memctl: "([0-9a-f]*)"', re.MULTILINE))


@dataclass(frozen=True)
class SkillPlan(Rewrite):
    """A change of the file; its folder, that of all skills, and the one that holds this, go with it when
    nothing else is in there."""

    def _write(self) -> None:
        super()._write()
        if self.after is None:
            folder = os.path.dirname(self.path)
            try:
                for _ in range(3):
                    os.rmdir(folder)
                    folder = os.path.dirname(folder)
            except OSError:
                pass  # a person keeps something beside it


def path(agent: Agent, root: str | None) -> str:
    """The file, links resolved; `root` is the project for its own skills. Raises Refused for a link that
    leads out of the project."""
    file = os.path.join(skill_folders.folder(agent, root), NAME, skill_file.FILE)
    return rewrite.inside(file, root) if root else os.path.realpath(file)


def state(agent: Agent, root: str | None) -> str:
    """installed, outdated, changed, foreign or absent. Raises MemctlError for a file that cannot be read."""
    return FORM.state(rewrite.read(path(agent, root)), text())


def plan(agent: Agent, root: str | None, *, remove: bool = False, force: bool = False) -> Rewrite:
    """What installing or removing it would change. Raises Refused for a file that a person wrote or changed,
    unless they `force` it."""
    file, wanted = path(agent, root), text()
    before = rewrite.read(file)
    found = FORM.state(before, wanted)
    if found == "installed" and not remove:
        return SkillPlan(file, before, before)
    if remove and found == "foreign":
        return SkillPlan(file, before, before)  # never ours
    FORM.replaces(file, found, force)
    return SkillPlan(file, before, None if remove else wanted)


def text() -> str:
    """The skill of this version."""
    source = resources.files("memctl.data").joinpath("skill.md").read_text("utf-8")
    head, mark, body = source.partition("\n---\n")
    return FORM.signed(f'{head}\nmetadata:\n  memctl: ""{mark}{body}')
