"""What the agent's own model is asked once nobody waits: what a session that ended says, and the prompts in
which new memories help.

Runs in a process of its own (`detached.ask_own_model`), one of all at a time, each outcome a line in the hook
log. Whatever fails, the rules read the session, the cursor moves only with what was durably proposed, and
a call is counted before it is made.
"""

import os
import time
from collections.abc import Callable, Mapping

from memctl import places
from memctl.agents.transcripts import readers
from memctl.domain.memory import Memory
from memctl.domain.transcript import Session
from memctl.errors import MemctlError, ModelFailed
from memctl.hooks.call import failure, record
from memctl.llm.provider import Provider
from memctl.services import own_model
from memctl.services.inbox import describing
from memctl.services.learn import extraction
from memctl.services.learn.by_model import Llm
from memctl.services.recall import enrichment
from memctl.services.recall.queries import KeptQueries
from memctl.services.recall.sifting import guard
from memctl.services.review.verdicts import Review
from memctl.services.session import ready
from memctl.settings import Settings
from memctl.store.disk import files
from memctl.store.memory.memories import MemoryStore
from memctl.store.state import backlog
from memctl.store.state.resolve import Place

QUIET = 1800.0
"""Seconds after the last turn of a session whose end no host told, as of one that was killed."""

WINDOWS = 4
"""Calls for one session: each reads about 15,000 tokens of it. What is longer is read when it ends again."""

FRESH = 15
"""Memories that get anticipated queries in one run, the newest first: one call."""


OLD = 7 * 86_400.0
"""Seconds after which a session is not sent any more: a new yes is none for what was said long ago."""

DEADLINE = 180.0
"""Seconds that one answer about a session may take; nobody waits for it."""


class Background:
    """The work for one project with the CLI of `agent`."""

    def __init__(self, place: Place, settings: Settings, agent: str) -> None:
        self._place = place
        self._settings = settings
        self._agent = agent

    def run(self) -> None:
        """Read the sessions that wait, then anticipate queries for what is new."""
        if own_model.allowed(self._settings, self._agent) != self._agent:
            return  # taken back since this was started
        for one in backlog.waiting(self._place.directory):
            is_left = time.time() - one.stamp / 1e9 > QUIET
            if one.agent == self._agent and (one.is_over or is_left):
                self._logged("extract", self._read, one)
        self._logged("enrich", self._enrich)

    def _provider(self) -> Provider:
        return own_model.own_cli(self._settings, self._agent, patient=True)

    def _logged(self, event: str, work: Callable[..., Mapping[str, object]], *given: object) -> None:
        started = time.monotonic()
        try:
            found = work(*given)
        except Exception as error:  # noqa: BLE001 - the next piece of work is not this one's victim
            found = {"outcome": failure(error)}
        if found:
            took = int((time.monotonic() - started) * 1000)
            record({"agent": self._agent, "event": event, **found, "ms": took})

    def _read(self, one: backlog.Waiting) -> Mapping[str, object]:
        """Propose what a session says, by the model, else by the rules."""
        is_old = time.time() - one.stamp / 1e9 > OLD
        if not backlog.begin(self._place.directory, one):
            return {"outcome": "given-up"}
        session = self._find(one)
        if session is None:
            backlog.done(one)
            return {"outcome": "no-transcript"}
        asks = not is_old and not self._stays_home
        proposed, outcome = self._by_model(session) if asks else (0, "ok")
        by_rules = not asks or outcome != "ok"
        if by_rules:
            proposed += self._extract(session, extraction.Rules())[0]
        backlog.done(one)
        self._logged("session", self._thread, session)
        return {"outcome": outcome, "engine": "rules" if by_rules else "llm", "proposals": proposed}

    def _thread(self, session: Session) -> Mapping[str, object]:
        """Keep the note and the session memory up to date; nothing is logged where that went well."""
        ready.keep(session, self._place.directory, self._settings, time.time())
        return {}

    @property
    def _stays_home(self) -> bool:
        """Whether the person said that rules read sessions, and it is not just what was there before."""
        settings = self._settings
        return settings.hook_engine == "rules" and settings.origins.get("hook_engine") != "default"

    def _by_model(self, session: Session) -> tuple[int, str]:
        """How many proposals the model made, and "ok" or why it did not read all of the session."""
        proposed = 0
        engine = Llm(self._provider(), DEADLINE)
        try:
            for _ in range(WINDOWS):
                found, turns = self._extract(session, engine)
                proposed += found
                if not turns:
                    break
        except ModelFailed as error:
            return proposed, error.slug
        return proposed, "ok"

    def _extract(self, session: Session, engine: extraction.Engine) -> tuple[int, int]:
        """Put what `engine` finds into the inbox; how many proposals, from how many turns."""
        found = extraction.extract(self._place, session, engine, now=time.time())
        if found.proposals and self._settings.approval:
            Review(self._place).automatic(list(found.proposals), dict(self._settings.approval))
        return len(found.proposals), found.turns

    def _find(self, one: backlog.Waiting) -> Session | None:
        """The session of a file, or of that id among the project's."""
        try:
            if one.path:
                found = list(readers.open_file(one.path))
            else:
                known = readers.sessions(self._place.root, os.path.expanduser("~"))
                found = [s for s in known if s.id == one.id]
        except (MemctlError, OSError):
            return None
        return found[0] if found else None

    def _enrich(self) -> Mapping[str, object]:
        """Anticipate queries for new memories; nothing is logged where there is none."""
        provider = self._provider()
        kept = KeptQueries(self._place.directory, provider.model)
        unanswered = self._unanswered()
        spoken = enrichment.languages(self._settings)
        lacking = enrichment.wanted(MemoryStore(self._place.directory).memories()[0], kept, spoken)
        fresh = [one for one in lacking if kept.key(one.memory) not in unanswered]
        newest = sorted(fresh, key=lambda one: -one.memory.modified)[:FRESH]
        if not newest:
            return {}
        done = enrichment.enrich(newest, provider, kept, guard(), languages=spoken)
        describing.propose(self._place, done.described, time.time())
        missed = {kept.key(one.memory) for one in newest if one.memory.file in done.missed}
        self._keep(unanswered | missed, [one.memory for one in lacking], kept)
        outcome = done.failure.slug if done.failure else "ok"
        return {"outcome": outcome, "memories": len(done.done), "calls": done.calls}

    def _unanswered(self) -> set[str]:
        """The contents for which a model wrote nothing usable: nobody asks about them again unasked."""
        try:
            with open(self._unanswered_file(), encoding="ascii") as file:
                return set(file.read().split())
        except (OSError, UnicodeDecodeError):
            return set()

    def _keep(self, unanswered: set[str], lacking: list[Memory], kept: KeptQueries) -> None:
        """Keep of `unanswered` what memories still say."""
        said = sorted(unanswered & {kept.key(memory) for memory in lacking})
        if said:
            files.write_private(self._unanswered_file(), "\n".join(said).encode())

    def _unanswered_file(self) -> str:
        return os.path.join(places.store_state(self._place.directory), "not-anticipated")
