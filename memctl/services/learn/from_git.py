"""`extract --git RANGE`: proposals from commit messages, with the commit as evidence.

A `Memory:` trailer was written on purpose and is taken as it stands. Of other messages only decisions in
plain words and reverts with a reason are taken; what the code itself says is not repeated.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from memctl.domain.memory import TYPES
from memctl.domain.proposal import Evidence, Proposal
from memctl.domain.transcript import Session, Turn
from memctl.errors import UsageError
from memctl.services.inbox.door import Desk, Heard, plain
from memctl.services.learn import rules
from memctl.services.learn import statement as made
from memctl.services.learn.absolute import absolute
from memctl.services.learn.extraction import Outcome
from memctl.store.memory.memories import MemoryStore
from memctl.store.state.cursors import Cursors, mark
from memctl.store.state.inbox import Entry, Inbox
from memctl.store.state.tombstones import Tombstones
from memctl.store.worktree.repository import Repository

COMMITS_MAX = 5_000
"""Commits of a range that are read, the newest."""

MESSAGE_MAX = 20_000
"""Characters of one message that are read."""


@dataclass(frozen=True)
class Commit:
    """One commit: its full name, the day on which it was written, and its message."""

    name: str
    day: date
    message: str


_TRAILER = re.compile(
    r"^Memory(?:\s*\((?P<type>[a-z]+)\))?:[ \t]*(?P<text>.+(?:\n[ \t]+\S.*)*)", re.MULTILINE | re.IGNORECASE
)
_REVERT = re.compile(r'^Revert "(?P<what>[^\n]+)"\s*$', re.MULTILINE)
_REVERT_REASON = re.compile(
    r"\b(?:because|since|as it|due to|it broke|it breaks|caused|causes|broke|reason:)\b", re.IGNORECASE
)
_BOILERPLATE = re.compile(
    r"(?im)^(?:This reverts commit|Signed-off-by:|Co-authored-by:|Reviewed-by:|Change-Id:"
    r"|Refs?:|Fixes:|Closes:|See-also:).*$"
)


def commits(root: str, span: str) -> list[Commit]:
    """The commits of `span` (as `git log` takes it), the oldest first.

    Raises UsageError for a span that git does not know, MemctlError when there is no repository.
    """
    repository = Repository(root)
    if span.startswith("-"):
        raise UsageError(f"--git {span}", hint="a range as `git log` takes it, e.g. main~20..main")
    if ".." not in span and not span.startswith("@{"):
        repository.commit(span)
    for end in filter(None, re.split(r"\.{2,3}", span)):
        repository.commit(end)
    out = repository.run(
        "log", f"--max-count={COMMITS_MAX}", "-z", "--format=%H %as%n%B", "--end-of-options", span
    )
    found = []
    for item in out.decode("utf-8", "replace").split("\0"):
        head, _, message = item.lstrip("\n").partition("\n")
        name, _, day = head.partition(" ")
        if name:
            found.append(Commit(name, date.fromisoformat(day.strip()), message[:MESSAGE_MAX]))
    return found[::-1]


def extract_git(
    directory: str, root: str, span: str, *, now: float, dry_run: bool = False, everything: bool = False
) -> Outcome:
    """Propose memories from the commits of `span`; commits that were looked at before are passed over."""
    session = Session("git", root, root, root)
    memories, _ = MemoryStore(directory).memories()
    inbox, cursors = Inbox(directory), Cursors(directory)
    cursor = cursors.load(session)
    desk = Desk(memories, [e.proposal for e in inbox.entries()[0]], Tombstones(directory))
    marks = set()
    for commit in commits(root, span):
        seen = mark(Turn(commit.name, "user", commit.message))
        if seen in cursor.seen and not everything:
            continue
        marks.add(seen)
        heard = {commit.name: Heard((("git", plain(commit.message)),))}
        for draft in drafts(commit):
            desk.take(replace(draft, created=now + len(desk.accepted) / 1e6), heard)
    if not dry_run:
        for proposal in desk.accepted:
            inbox.put(Entry(proposal))
        if marks:
            cursors.move(cursor, marks, len(desk.accepted), now)
    return Outcome(session, "git", tuple(desk.accepted), dict(desk.dropped), len(marks))


def drafts(commit: Commit) -> Iterator[Proposal]:
    """What one commit message proposes."""
    trailers = list(_TRAILER.finditer(commit.message))
    for trailer in trailers:
        text = " ".join(trailer["text"].split())
        kind = (trailer["type"] or "").lower()
        statement = made.Statement(
            "trailer",
            kind if kind in TYPES else "project",
            absolute(text, commit.day),
            "",
            "",
            _quote(commit, trailer["text"]),
        )
        yield _draft(statement)
    if trailers:
        return
    message = _BOILERPLATE.sub("", commit.message)
    reverted = _REVERT.search(message)
    if reverted:
        yield from _revert(commit, reverted, message)
        return
    said = Turn(commit.name, "user", message)
    for statement in rules.statements(said, commit.day):
        if statement.rule == "decided" or statement.rule.endswith("-decided"):
            yield _draft(statement)


def _revert(commit: Commit, reverted: re.Match[str], message: str) -> Iterator[Proposal]:
    """A revert is worth a memory when it says why: so that the same is not tried again."""
    reasons = [p.strip() for p in re.split(r"\n\s*\n", message[reverted.end() :]) if _REVERT_REASON.search(p)]
    if reasons:
        reason = " ".join(reasons[0].split())
        fact = f'"{reverted["what"]}" was tried and reverted on {commit.day.isoformat()}.'
        yield _draft(made.Statement("revert", "project", fact, reason, "", _quote(commit, reasons[0])))


def _quote(commit: Commit, text: str) -> Evidence:
    return Evidence(commit.name, text.strip().split("\n")[0].strip()[: rules.QUOTE_MAX])


def _draft(statement: made.Statement) -> Proposal:
    return Proposal(
        id="", operation="create", name=made.slug(statement, ()), type=statement.type, engine="git",
        origin="git", source="git",
        description=made.description(statement), body=made.body(statement), evidence=(statement.evidence,),
    )  # fmt: skip
