"""The paragraph that teaches an agent to save well, between two marks in its `AGENTS.md` or the like.

The rest of the file is the person's. A block begins after an empty line, and ends the file with a line end
only where the file had one: so taking it out gives back every byte.
"""

import os
import re
from importlib import resources

from memctl.agents.table import Agent
from memctl.errors import UsageError
from memctl.hooks import rewrite, targets
from memctl.hooks.checksum import Form
from memctl.hooks.rewrite import Rewrite

ANY = "AGENTS.md"
"""What most agents read at the root of a project."""

FORM = Form("paragraph", re.compile(r"<!-- memctl:begin ([0-9a-f]*) -->"))

_BLOCK = re.compile(r"<!-- memctl:begin [0-9a-f]* -->.*?<!-- memctl:end -->", re.DOTALL)


def path(agent: Agent | None, root: str | None) -> str:
    """The file, links resolved: of an agent, or the one that most agents read (None), which needs a `root`.

    Raises UsageError where there is none, Refused for a link that leads out of the project.
    """
    dialect = agent.dialect() if agent else None
    if root:
        name = dialect.project_instructions if dialect else ANY
        return rewrite.inside(os.path.join(root, name), root)
    if agent is None or dialect is None or not dialect.user_instructions:
        who = agent.title if agent else "memctl"
        raise UsageError(f"{who} has no such file for every project", hint="add --project")
    return os.path.realpath(os.path.join(targets.base(dialect), dialect.user_instructions))


def state(agent: Agent | None, root: str | None) -> str:
    """installed, outdated, changed or absent. Raises MemctlError as `path` does, and for no readable file."""
    found = _BLOCK.search(rewrite.read(path(agent, root)) or "")
    return FORM.state(found[0] if found else None, text())


def plan(agent: Agent | None, root: str | None, *, remove: bool = False, force: bool = False) -> Rewrite:
    """What putting the paragraph in or taking it out would change. Raises Refused for one that a person
    changed, unless they `force` it."""
    file = path(agent, root)
    before = rewrite.read(file)
    found = _BLOCK.search(before or "")
    if not found:
        return Rewrite(file, before, before if remove else _with(before))
    standing = FORM.state(found[0], text())
    if standing == "installed" and not remove:
        return Rewrite(file, before, before)
    FORM.replaces(file, standing, force)
    given = before or ""
    if remove:
        return Rewrite(file, before, _without(given, *found.span()))
    return Rewrite(file, before, given[: found.start()] + _ended(text(), given) + given[found.end() :])


def text() -> str:
    """The block of this version, with its marks and without a line end after it."""
    source = resources.files("memctl.data").joinpath("paragraph.md").read_text("utf-8")
    return FORM.signed(f"<!-- memctl:begin  -->\n{source}<!-- memctl:end -->")


def _with(before: str | None) -> str:
    """A file with the block at its end."""
    if before is None:
        return text() + "\n"
    eol = "\r\n" if "\r\n" in before else "\n"
    block = _ended(text(), before)
    if not before:
        return block
    return before + eol + block + eol if before.endswith("\n") else before + eol * 2 + block


def _without(text: str, start: int, end: int) -> str | None:
    """The file less its block; None for one that memctl made."""
    head, tail = text[:start], text[end:]
    rest = tail.removeprefix("\r\n") if tail.startswith("\r\n") else tail.removeprefix("\n")
    if not head and tail:
        return rest or None
    eol = "\r\n" if head.endswith("\r\n") else "\n"
    if head.endswith(eol * 2):
        head = head.removesuffix(eol)
    return head + rest if tail else head.removesuffix(eol)


def _ended(block: str, file: str) -> str:
    """`block` with the line ends of `file`."""
    return block.replace("\n", "\r\n") if "\r\n" in file else block
