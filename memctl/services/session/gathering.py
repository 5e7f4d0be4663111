"""What a session holds, gathered turn by turn; its size is bounded whatever the session's length.

`kept` gives it as JSON, so that the next reading goes on from there.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from memctl.agents.transcripts.claude_code import PLAN
from memctl.domain.contents import Contents
from memctl.domain.transcript import Result, Session, Turn
from memctl.format.note_text import tokens
from memctl.services.guard import repeats
from memctl.services.learn import echo
from memctl.services.session import aftermath, clipping, constraints, rows
from memctl.services.session.deeds import COMMAND_MAX, Deed, deed, files_in
from memctl.services.session.rows import Row
from memctl.text.oneline import flat

FIRST = 10
"""Messages of the person that stay from the beginning of a session, however long it gets."""

LATEST = 100
"""Messages and answers of the person that are held besides, decisions, results."""

CONSTRAINTS_MAX = 400
"""Constraints that are held; the earliest stay."""

FILES_MAX = 1_000
"""Files that are held, edited and read each; those not touched for the longest time go."""

COMMANDS_MAX = 500
"""Commands that are held, likewise."""

OPEN_MAX = 1_000
"""Calls that wait for their result."""

RUNNING_MAX = 20
"""Processes that are held, the newest: how they ended is said to a later call."""

MESSAGE_MAX = 4_000
"""Characters of one message that are held."""

ANSWER_MAX = 200
"""Characters of a message that answers the question before it; a longer one says something else as well."""

ABOUT_MAX = 1_000
STEP_MAX = 1_000
"""Characters of the questions that an answer is about, and of one step of a plan."""

PATH_MAX = 4_096
"""Characters of a path: systems take no longer one, so that one is none."""

ID_MAX = 200
"""Characters of the id of a call or a step that count."""

LOOKED_AT = 50_000
"""Characters of a message that are looked at: what follows is pasted."""

BEYOND = 200
"""Characters beyond a bound in which known values are looked for, so that none is cut in two."""

_COMMIT = re.compile(r"^\[[^\]\n]+ [0-9a-f]{7,40}\] (.+)$", re.MULTILINE)
"""How git says what it committed."""

_NONE: Row = ["", [], 0]
"""A call that is not known."""


class Gathering:
    """What was gathered so far."""

    wider = 1
    """By how much the bounds on how many things are held are moved."""

    def __init__(self, kept: Mapping[str, Any] | None = None, key: bytes = repeats.OWN_KEY) -> None:
        """`kept`: what an earlier one gave; `key`: of the digests of values in it. Raises KeyError,
        TypeError or ValueError for anything else."""
        held = dict(kept or {})
        self._key = key
        self.number = int(held.get("number", 0))
        self.requests: list[Row] = list(held.get("requests", []))
        self.constraints: dict[str, Row] = dict(held.get("constraints", {}))
        self.decisions: list[Row] = list(held.get("decisions", []))
        self.results: list[Row] = list(held.get("results", []))
        self.edited: dict[str, Row] = dict(held.get("edited", {}))
        self.read: dict[str, Row] = dict(held.get("read", {}))
        self.commands: dict[str, Row] = dict(held.get("commands", {}))
        self.refused: list[Row] = list(held.get("refused", []))
        self.tried: dict[str, Row] = dict(held.get("tried", {}))  # last failures of what ran again
        self.steps: dict[str, Row] = dict(held.get("steps", {}))
        self.started: dict[str, Row] = dict(held.get("started", {}))  # in the background
        self.running: dict[str, Row] = dict(held.get("running", {}))  # commands by what later calls wait for
        self.calls: dict[str, Row] = dict(held.get("calls", {}))  # [kind, texts, turn] by the call's id
        self.tokens = int(held.get("tokens", 0))  # of the turns, about
        self.called = int(held.get("called", 0))  # tools, how often
        self.rests = bool(held.get("rests", False))  # nothing was called since the agent spoke
        self.secrets: dict[str, str] = dict(held.get("secrets", {}))  # digests of values, by `repeats`
        self.looked = int(held.get("looked", 0))  # characters in which they were looked for
        self.plan: Row | None = held.get("plan")
        self.said: Row | None = held.get("said")  # the agent's last words since the person spoke

    def kept(self) -> dict[str, Any]:
        """All of it as JSON can hold it, from which the next `Gathering` goes on under the same key."""
        return {name: value for name, value in vars(self).items() if name != "_key"}

    def take(self, turn: Turn) -> None:
        """Add a turn. They come in the order of the session, also those of sidechains: each counts as
        a turn, though nothing else is taken of those."""
        self.number += 1
        if turn.sidechain:
            return
        self._secrets(turn)
        self.tokens += tokens(turn.result.text if turn.result else turn.text)
        self.called += turn.call is not None
        if turn.origin != "injected":
            self.rests = turn.origin == "agent" and turn.call is None
        if turn.origin == "person":
            self._person(turn)
            return
        if turn.origin == "injected":
            self._client(turn.text)
        if turn.origin == "agent" and turn.call is None and turn.text.strip():
            self.said = [self._ending(turn.text, MESSAGE_MAX), self.number, "", "", 1]
        if turn.call is not None:
            self._call(turn.call.id[:ID_MAX], self._clean(deed(turn.call)))
        if turn.result is not None:
            self._result(turn.result)

    def _secrets(self, turn: Turn) -> None:
        """Look for values in `turn`; those that are new go from what is held."""
        text = repeats.text_of(turn)
        self.looked += len(text) if turn.result else 0
        if turn.result is not None and self.looked > repeats.OUTPUTS_MAX:
            return
        found = repeats.values(text)
        by_digest = {self.known().digest(value): value for value in found}
        new = {value: found[value] for digest, value in by_digest.items() if digest not in self.secrets}
        if new:
            for name, held in self.kept().items():
                setattr(self, name, rows.without(held, new))
            told = {digest: found[value] for digest, value in by_digest.items() if value in new}
            self.secrets = dict([*self.secrets.items(), *told.items()][-repeats.VALUES_MAX :])

    def known(self) -> repeats.Known:
        """The values of secrets that were told so far."""
        return repeats.Known(self.secrets, self._key)

    def _beginning(self, text: str, most: int) -> str:
        return self.known().without(clipping.beginning(text, most + BEYOND))[:most]

    def _ending(self, text: str, most: int) -> str:
        return self.known().without(clipping.ending(text, most + BEYOND))[-most:]

    def _clean(self, did: Deed) -> Deed:
        """`did` without secrets, and bounded: what is held, and all that is made of it, is so."""
        steps = tuple(
            (key[:ID_MAX], self._beginning(text, STEP_MAX), outcome)
            for key, text, outcome in did.steps[:LATEST]
        )
        of_file = did.kind in ("edit", "read")
        texts = (text for text in did.texts[:FILES_MAX] if not of_file or len(text) <= PATH_MAX)
        return replace(did, texts=tuple(self._beginning(text, COMMAND_MAX) for text in texts), steps=steps)

    def _client(self, text: str) -> None:
        """What the client put in: an accepted plan, or that work in the background has come to its end."""
        if text.startswith(PLAN):
            self.plan = [self._beginning(text, MESSAGE_MAX), self.number, "", "accepted plan", 1]
        for call in [call for call in self.started if call and call in text]:
            del self.started[call]

    def _person(self, turn: Turn) -> None:
        said = echo.heard(turn)
        call: Row = self.calls.pop(turn.result.call[:ID_MAX], _NONE) if turn.result else _NONE
        kind, texts, _ = call
        if said is None:
            return
        text = self._beginning(said.text.strip(), LOOKED_AT)
        asked = next(aftermath.asked(rows.item(self.said)), None) if self.said else None
        if asked is not None and len(text) <= ANSWER_MAX:
            self._add(self.decisions, [text, self.number, "", asked.text, 1])
        if kind == "ask":
            self._add(self.decisions, [text[:MESSAGE_MAX], self.number, "", " / ".join(texts)[:ABOUT_MAX], 1])
        else:
            self._add(self.requests, [text[:MESSAGE_MAX], self.number, "", "", 1], first=FIRST)
        if turn.result is not None and kind != "ask":
            self._add(
                self.refused, [" ".join(texts)[:COMMAND_MAX], self.number, "refused", flat(text)[:300], 1]
            )
        for sentence in constraints.standing(text, reply=turn.result is not None and kind != "ask"):
            if len(self.constraints) < CONSTRAINTS_MAX * self.wider:
                self.constraints.setdefault(sentence, [sentence, self.number, "", "", 1])
        self.said = None

    def _call(self, call: str, did: Deed) -> None:
        if did.kind in ("edit", "read"):
            for path in did.texts:
                self._touch(self.edited if did.kind == "edit" else self.read, path)
        elif did.kind == "command":
            command = did.texts[0]
            for path in files_in(command):
                self._touch(self.read, path)
            if did.background:
                rows.bounded(self.started, call, [command, self.number, "", "in the background", 1], 20)
            before = self.commands.pop(command, None)
            if before and before[2] == "failed":
                self.tried.pop(command, None)
                rows.bounded(self.tried, command, before, LATEST)
            times = before[4] + 1 if before else 1
            rows.bounded(
                self.commands, command, [command, self.number, "", "", times], COMMANDS_MAX * self.wider
            )
        elif did.kind in ("plan", "step"):
            self._plan(did)
        made: Row = [did.kind, list(did.texts), self.number]
        if did.kind == "wait":  # what comes of it is what comes of the command
            made = self.running.get(did.texts[0], made)
        rows.bounded(self.calls, call, made, OPEN_MAX)

    def _plan(self, did: Deed) -> None:
        if did.kind == "plan":
            self.steps = {key: [text, self.number, state, "", 1] for key, text, state in did.steps}
            return
        key, text, state = did.steps[0]
        key = key or str(len(self.steps) + 1)  # clients number the tasks that they make from 1
        row = self.steps.pop(key, ["", 0, "", "", 1])
        if text or row[0]:
            rows.bounded(self.steps, key, [text or row[0], self.number, state or row[2], "", 1], LATEST)

    def _result(self, result: Result) -> None:
        kind, texts, turn = self.calls.pop(result.call[:ID_MAX], _NONE)
        if result.refused:
            self._add(self.refused, [" ".join(texts)[:COMMAND_MAX], turn, "refused", "", 1])
        row = self.commands.get(texts[0]) if kind == "command" else None
        if row is not None and result.running:
            rows.bounded(self.running, result.running[:ID_MAX], [kind, texts, turn], RUNNING_MAX)
        if row is None or (result.failed is None and not result.refused):
            return
        row[2] = "refused" if result.refused else "failed" if result.failed else "ok"
        row[3] = (
            self._beginning(aftermath.error_line(result.text), aftermath.LINE_MAX)
            if row[2] == "failed"
            else ""
        )
        if row[2] == "ok" and "commit" in texts[0]:
            for subject in _COMMIT.findall(result.text):
                self._add(self.results, [self._beginning(subject.strip(), 300), turn, "ok", "", 1])

    def _touch(self, files: dict[str, Row], path: str) -> None:
        before = files.pop(path, None)
        rows.bounded(
            files, path, [path, self.number, "", "", before[4] + 1 if before else 1], FILES_MAX * self.wider
        )

    def _add(self, held: list[Row], row: Row, first: int = 0) -> None:
        held.append(row)
        if len(held) > first + LATEST * self.wider:
            del held[first]

    def contents(self, session: Session) -> Contents:
        """What `session` holds after the turns taken so far, each class in the order of its turns."""
        commands = [rows.item(row) for row in self.commands.values()]
        errors, failures = aftermath.parted(commands)
        refused = [rows.item(row) for row in self.refused]
        passed = {item.text for item in commands if item.outcome == "ok"}
        tried = [rows.item([*row[:4], 1]) for command, row in self.tried.items() if command in passed]
        steps = tuple(rows.item(row) for row in self.steps.values())
        said = rows.item(self.said) if self.said else None
        return Contents(
            session,
            self.number,
            tokens=self.tokens,
            called=self.called,
            rests=self.rests,
            requests=rows.items(self.requests),
            plan=rows.item(self.plan) if self.plan else None,
            constraints=rows.items(self.constraints.values()),
            decisions=rows.items(self.decisions),
            failures=tuple(sorted([*failures, *refused, *tried], key=lambda item: item.turn)),
            edited=rows.items(self.edited.values()),
            read=rows.items(rows.others(self.read, self.edited)),
            commands=tuple(commands),
            errors=tuple(errors),
            results=rows.items(self.results),
            steps=steps,
            next_step=aftermath.next_step(steps, said),
            waiting=(*aftermath.asked(said), *rows.items(self.started.values())),
            said=said,
        )


class Unbounded(Gathering):
    """One that holds all things, for those who count what there was."""

    wider = 1_000_000
