"""`extract --git RANGE`: proposals from commit messages, with the commit as evidence.

A `Memory:` trailer was written on purpose and is taken as it stands. Of other messages only decisions in
plain words and reverts with a reason are taken; what the code itself says is not repeated.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import ClassVar

from memctl.domain.memory import TYPES, Memory
from memctl.domain.proposal import Evidence, Proposal
from memctl.domain.transcript import Session, Turn
from memctl.errors import UsageError
from memctl.services.inbox.provenance import Quotable, plain
from memctl.services.learn import rules
from memctl.services.learn import statement as made
from memctl.services.learn.absolute import absolute
from memctl.services.learn.extraction import Batch, Outcome, draft_of, extract
from memctl.store.state.resolve import Place
from memctl.store.worktree.repository import Repository

COMMITS_MAX = 5_000
"""Commits of a range that are read, the newest."""

MESSAGE_MAX = 20_000
"""Characters of one message that are read."""


@dataclass(frozen=True)
class Commit:
    """One commit: its full name, the day on which it was written, and its message."""

    name: str
    day: date | None  # None: its date is none of the calendar
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
        "log",
        f"--max-count={COMMITS_MAX}",
        "-z",
        "--date=raw",
        "--format=%H %ad%n%B",
        "--end-of-options",
        span,
    )  # a raw date: git itself dies of writing one that is out of its range
    found = []
    for item in out.decode("utf-8", "replace").split("\0"):
        head, _, message = item.lstrip("\n").partition("\n")
        name, _, at = head.partition(" ")
        if name:
            found.append(Commit(name, _day(at), message[:MESSAGE_MAX]))
    return found[::-1]


_RAW = re.compile(r"(?P<seconds>\d{1,18}) (?P<sign>[+-])(?P<hours>\d\d)(?P<minutes>\d\d)")


def _day(raw: str) -> date | None:
    """The day of a raw date of git, seconds and the author's time zone: `1700000000 +0100`."""
    found = _RAW.fullmatch(raw.strip())
    try:
        if found is None:
            return None
        ahead = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"]))
        moment = datetime.fromtimestamp(int(found["seconds"]), UTC)
        return (moment + ahead if found["sign"] == "+" else moment - ahead).date()
    except (ValueError, OverflowError, OSError):
        return None


def extract_git(
    place: Place,
    span: str,
    *,
    now: float,
    dry_run: bool = False,
    everything: bool = False,
    given: bool = False,
) -> Outcome:
    """Propose memories from the commits of `span`; commits that were looked at before are passed over.
    `given`: the person named it, and no hook."""
    found = {commit.name: commit for commit in commits(place.root, span)}
    turns = [Turn(commit.name, "user", commit.message) for commit in found.values()]
    session = Session("git", place.root, place.root, place.root, given=given)
    return extract(
        place, session, _Commits(found), now=now, everything=everything, dry_run=dry_run,
        turns=lambda _: iter(turns),
    )  # fmt: skip


@dataclass(frozen=True)
class _Commits:
    """The `git` engine: one commit at a time, no model."""

    by_name: Mapping[str, Commit]
    name: ClassVar[str] = "git"

    def batches(
        self, turns: Iterator[Turn], session: Session, memories: Sequence[Memory], now: float
    ) -> Iterator[Batch]:
        """One batch for each commit."""
        for turn in turns:
            quotable = {turn.id: Quotable((("git", plain(turn.text)),))}
            yield Batch(list(drafts(self.by_name[turn.id])), quotable, [turn], verbatim=True)


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
            (_quote(commit, trailer["text"]),),
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
        if statement.rule == "decided":
            yield _draft(statement)


def _revert(commit: Commit, reverted: re.Match[str], message: str) -> Iterator[Proposal]:
    """A revert is worth a memory when it says why: so that the same is not tried again."""
    reasons = [p.strip() for p in re.split(r"\n\s*\n", message[reverted.end() :]) if _REVERT_REASON.search(p)]
    if reasons:
        reason = " ".join(reasons[0].split())
        when = f" on {commit.day.isoformat()}" if commit.day else ""
        fact = f'"{reverted["what"]}" was tried and reverted{when}.'
        yield _draft(made.Statement("revert", "project", fact, reason, (_quote(commit, reasons[0]),)))


def _quote(commit: Commit, text: str) -> Evidence:
    return Evidence(commit.name, text.strip().split("\n")[0].strip()[: rules.QUOTE_MAX])


_draft = partial(draft_of, engine="git", source="git")
