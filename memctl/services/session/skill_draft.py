"""A skill drafted from a session, for the inbox: accepted, it is written where an agent looks for skills."""

import os
from dataclasses import dataclass

from memctl.agents import table
from memctl.agents.transcripts import claude_code, readers
from memctl.domain.contents import Contents
from memctl.domain.proposal import Evidence, Proposal
from memctl.domain.skill_file import is_name, path_of
from memctl.domain.transcript import Session, Turn
from memctl.errors import UsageError
from memctl.format import skill_md
from memctl.services import guard
from memctl.services.inbox.door import InboxDoor
from memctl.services.inbox.provenance import Provenance, Quotable, Quoted, Stated, plain
from memctl.services.inbox.reasons import Dropped
from memctl.services.learn import echo
from memctl.services.session.recipe import Recipe, recipe
from memctl.services.write import skill_places
from memctl.store.state.resolve import Place
from memctl.text.oneline import flat

QUOTED = 200
"""Characters of one quote."""


@dataclass(frozen=True)
class Wanted:
    """What the person asked for: "" and None where they leave it to the session."""

    name: str = ""
    agent: table.Agent | None = None
    user: bool = False  # for every project of theirs


def draft(place: Place, contents: Contents, wanted: Wanted) -> tuple[Proposal, Provenance] | None:
    """The skill that `contents` gives, and what carries it; None where it gives none. Raises UsageError."""
    session = contents.session
    turns = _Turns(session)
    found = recipe(contents, turns.since)
    if found is None:
        return None
    agent = wanted.agent or _agent(session.agent)
    root = None if wanted.user else place.root
    name, file = _free(wanted.name, found, agent, root, session)
    _refuse_link(root, agent.skills)
    evidence, carrying = turns.evidence(found)
    proposal = Proposal(
        "", "skill", name, "reference", found.description, found.body, evidence, "agent",
        session=session.id, source=session.agent, file=file,
    )  # fmt: skip
    why = f"what was done in session {session.id[:8]}"
    return proposal, Quoted(carrying, why) if evidence else Stated("agent", why)


def propose(place: Place, proposal: Proposal, carried: Provenance, *, now: float) -> Proposal | Dropped:
    """Put the draft into the inbox; or why it does not get there. Raises WriteFailed, Refused."""
    door = InboxDoor(place, now)
    taken = door.take(proposal, carried)
    door.put()
    return taken


def _agent(name: str) -> table.Agent:
    """The agent whose session it was, else the first that knows skills."""
    found = table.find(name)
    return found if found is not None and found.skills else table.with_skills()[0]


def _free(
    name: str, found: Recipe, agent: table.Agent, root: str | None, session: Session
) -> tuple[str, str]:
    """The name of the skill and its file. One that the person names may be there: then it is replaced, which
    the review shows; else it gets a name that is free."""
    if name:
        if not is_name(name):
            hint = "lower-case letters, digits and single hyphens, at most 64"
            raise UsageError(f"{name!r} is no name of a skill", hint=hint)
        return name, skill_places.file(agent, root, name)
    base = _slug(found.body.split("\n", 1)[0]) or _slug(f"session {session.id[:8]}") or "session"
    name, number = base, 2
    while _holds_another(path_of(file := skill_places.file(agent, root, name)), name, found):
        name, number = f"{base}-{number}", number + 1
    return name, file


def _refuse_link(root: str | None, folder: str) -> None:
    """Raise UsageError where a folder of the project's skills is a link: nothing is written through one."""
    at = root or ""
    for part in folder.split("/") if root else ():
        at = os.path.join(at, part)
        if os.path.islink(at):
            hint = "`--user` makes it for every project; or replace the link by a folder"
            raise UsageError(f"{at} is a link, and no skill is written through one", hint=hint)


def _holds_another(path: str, name: str, found: Recipe) -> bool:
    """Whether at `path` there is something else than this very skill."""
    try:
        with open(path, "rb") as handle:
            return handle.read(1 << 20) != skill_md.encode(name, found.description, found.body)
    except FileNotFoundError:
        return os.path.lexists(path)
    except OSError:
        return True


def _slug(text: str) -> str:
    from slugify import slugify

    return slugify(text, max_length=40, word_boundary=True, save_order=True)


class _Turns:
    """One pass over a session: where its last compaction was, and the turns that carry a skill."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.since = 0
        for number, turn in enumerate(readers.events(session), 1):
            if turn.role == "system" and turn.text.lstrip().startswith(claude_code.SUMMARY):
                self.since = number

    def evidence(self, found: Recipe) -> tuple[tuple[Evidence, ...], dict[str, Quotable]]:
        """What the person said, quoted with the id of its turn, and every turn that carries some of the
        skill: what a failed command printed too, so that it is known for a tool's."""
        said = {item.turn: item.text for item in found.said}
        failed = {item.turn for item in found.pitfalls}
        calls: set[str] = set()
        quotes: list[Evidence] = []
        texts: dict[str, list[tuple[str, str]]] = {}
        for number, turn in enumerate(readers.events(self._session), 1):
            if turn.call is not None and number in failed:
                calls.add(turn.call.id)
            if number in said:
                quotes.append(Evidence(turn.id, flat(said[number])[:QUOTED]))
            if number in said or number in failed or (turn.result is not None and turn.result.call in calls):
                texts.setdefault(turn.id, []).append((turn.origin, plain(_all_of(turn))))
        carrying = {turn: Quotable(tuple(found)) for turn, found in texts.items()}
        return tuple(q for q in quotes if carrying[q.turn].origin(q.quote) and _is_clean(q.quote)), carrying


def _is_clean(quote: str) -> bool:
    """Whether the inbox takes it verbatim: no secret, nothing hidden, which pasted texts may have."""
    refused = any(found.severity == "error" for found in guard.check_text(quote))
    return not refused and guard.redact(quote) == quote


def _all_of(turn: Turn) -> str:
    """What a turn says: of the person's what is theirs, of a result all that was printed."""
    heard = echo.heard(turn) or turn
    return f"{heard.text}\n{turn.result.text}" if turn.result is not None else heard.text
