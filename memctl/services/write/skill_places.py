"""Where a change may write a skill: where an agent looks for those of this project, or of the person.

The history says where a skill was, and so does a proposal; neither is believed.
"""

import os
from collections.abc import Iterable

from memctl.agents import skill_folders, table
from memctl.domain.skill_file import FILE, in_change, is_skill, path_of
from memctl.errors import Refused


def file(agent: table.Agent, root: str | None, name: str) -> str:
    """The file, in a change, of the skill `name` of `agent`: of the project at `root`, None: of the person.

    Links on the way are followed where the person made them, in their own folders, and nowhere in a project.
    """
    if root is not None:
        base = os.path.join(os.path.realpath(root), agent.skills)
    else:
        base = os.path.realpath(skill_folders.folder(agent, None))
    return in_change(os.path.join(base, name, FILE))


def check(files: Iterable[str], root: str) -> None:
    """Raise Refused for a skill that is neither of the project at `root` nor of the person."""
    wanted = [file for file in files if is_skill(file)]
    if not wanted:
        return
    allowed = [file(agent, at, "x") for agent in table.with_skills() for at in (root, None)]
    bases = {_base(one) for one in allowed}
    for one in wanted:
        if _base(one) not in bases:
            hint = "a skill goes where an agent looks for it, in this project or in your own folder"
            raise Refused(
                f"{path_of(one)} is in no folder for skills of this project", hint=hint, slug="outside"
            )


def refuse_any(files: Iterable[str]) -> None:
    """Raise Refused when one of `files` is a skill: what a backup brings writes in no other place."""
    for one in files:
        if is_skill(one):
            raise Refused(f"a backup does not write {path_of(one)}", hint="draft it anew", slug="outside")


def _base(one: str) -> str:
    return os.path.dirname(os.path.dirname(one))
