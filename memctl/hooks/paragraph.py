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

_BLOCK = re.compile(
    r"^<!-- memctl:begin [0-9a-f]* -->(?:(?!<!-- memctl:begin ).)*?<!-- memctl:end -->",
    re.DOTALL | re.MULTILINE,
)
"""A block begins a line, and holds no other that begins: a mark that a person only writes of begins none."""

_FENCED = re.compile(r"^[ \t]{0,3}(```+|~~~+)[^\n]*\n.*?^[ \t]{0,3}\1[ \t]*\r?$", re.DOTALL | re.MULTILINE)

_OURS = ("installed", "outdated")
"""States of a block as some memctl wrote it."""


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
    found = _blocks(rewrite.read(path(agent, root)) or "")
    return FORM.state(found[0][0] if found else None, text())


def plan(agent: Agent | None, root: str | None, *, remove: bool = False, force: bool = False) -> Rewrite:
    """What putting the paragraph in or taking it out would change. Raises Refused for one that a person
    changed, unless they `force` it."""
    file = path(agent, root)
    before = rewrite.read(file)
    found = _blocks(before or "")
    if not found:
        return Rewrite(file, before, before if remove else _with(before))
    standing = FORM.state(found[0][0], text())
    if standing == "installed" and not remove:
        return Rewrite(file, before, before)
    FORM.replaces(file, standing, force)
    given = before or ""
    if not remove:
        start, end = found[0].span()
        return Rewrite(file, before, given[:start] + _ended(text(), _eol(found[0][0])) + given[end:])
    after: str | None = given
    for block in sorted(found, key=lambda one: -one.start()):  # from the end, so that the places stay right
        after = _without(after or "", *block.span())
    return Rewrite(file, before, after)


def _blocks(content: str) -> list[re.Match[str]]:
    """The blocks in a file that are as some memctl wrote them; where none is, one that a person changed. What
    stands in a code fence only shows one, unless it is memctl's to the letter."""
    found = list(_BLOCK.finditer(content))
    ours = [block for block in found if FORM.state(block[0], text()) in _OURS]
    fenced = [match.span() for match in _FENCED.finditer(content)] if found and not ours else []
    return ours or [block for block in found if not any(a < block.start() < b for a, b in fenced)][:1]


def text() -> str:
    """The block of this version, with its marks and without a line end after it."""
    source = resources.files("memctl.data").joinpath("paragraph.md").read_text("utf-8")
    return FORM.signed(f"<!-- memctl:begin  -->\n{source}<!-- memctl:end -->")


def _with(before: str | None) -> str:
    """A file with the block at its end."""
    if before is None:
        return text() + "\n"
    eol = _eol(before)
    block = _ended(text(), eol)
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


def _ended(block: str, eol: str) -> str:
    """`block` with the line ends `eol`."""
    return block.replace("\n", eol)


def _eol(file: str) -> str:
    """The line end of the last line that has one: what follows it is taken out by the same."""
    return "\r\n" if file[: file.rfind("\n") + 1].endswith("\r\n") else "\n"
