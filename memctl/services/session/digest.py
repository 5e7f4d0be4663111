"""The summary that takes the place of messages: what a session holds, class by class, one thing a line.

It can be read back, so that a history that was compacted before loses nothing that its summary said. Every
line is one line, redacted and disarmed; the whole stands in a fence whose nonce is made of what it says.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from math import ceil

from memctl.domain.contents import Contents, Item
from memctl.format.note_text import tokens
from memctl.services import guard
from memctl.services.session import clipping
from memctl.services.session.aftermath import likeness
from memctl.text import fence
from memctl.text.escape import escape
from memctl.text.oneline import flat, harmless

DRAFT = 4_000
"""Tokens of a summary in which no class is kept whole."""

MOST = 20_000
"""Tokens of one in which some are: with what is kept beside it, a third of the smallest window."""

LINE_MAX = 4_000
"""Characters of one line: what is held of one message of the person."""

WIDTHS = (LINE_MAX, 1_000, 400, 200, 100)
"""Characters of one thing of SHORTENED: the most with which all finds room, else the least. A message says
in its beginning what is wanted, a command what is run."""

SHORTENED = ("requests", "decisions", "errors", "steps", "commands", "failures", "results")

ENOUGH = 0.85
"""Share of a counted class that it gets before any class gets more."""

Held = Mapping[str, tuple[Item, ...]]
"""The things of a session by the name of their section."""


@dataclass(frozen=True)
class Section:
    """One class of things in a summary."""

    name: str  # in the figures
    title: str  # in the summary
    of: Callable[[Contents], Sequence[Item]]
    counted: str = ""  # as what it is counted before and after; "": not at all
    earliest: bool = (
        False  # which of them stay where not all can: the first, else the very first and the last
    )
    state: bool = False  # only the last of a session counts


SECTIONS = (
    Section("constraints", "What the person demands and forbids, in their words", lambda c: c.constraints,
            counted="constraints", earliest=True),
    Section("requests", "What the person asked for, in their words", lambda c: c.requests,
            counted="requests"),
    Section("decisions", "What the person decided", lambda c: c.decisions),
    Section("errors", "Errors still open", lambda c: c.errors, counted="errors"),
    Section("next", "Next step", lambda c: (c.next_step,) if c.next_step else (), state=True),
    Section("waiting", "What waits", lambda c: c.waiting, state=True),
    Section("steps", "The plan", lambda c: c.steps, state=True),
    Section("edited", "Files edited", lambda c: c.edited, counted="files"),
    Section("commands", "Commands run, and what came of them", lambda c: c.commands, counted="commands"),
    Section("failures", "What was tried and failed", lambda c: c.failures),
    Section("read", "Files read", lambda c: c.read, counted="files"),
    Section("results", "What was done", lambda c: c.results),
)  # fmt: skip
"""What a summary says, what is needed most first: where there is no room for all of it, the last goes."""

FILES = ("edited", "read")

_HEAD = "What was said and done before the messages that follow, taken from the transcript by memctl."
_EARLIER = "before"
_INFERRED = "inferred"
_LINE = re.compile(r"- \[(?:\d+|before)((?:, [a-z0-9]+(?: times)?)*)\] (.+)")


def plain(contents: Contents) -> Held:
    """What `contents` holds, by section, as a summary says it: on one line each, redacted and disarmed."""
    return {section.name: tuple(map(_plain, section.of(contents))) for section in SECTIONS}


def _plain(item: Item) -> Item:
    return replace(item, text=redacted(item.text), about=redacted(item.about, 400))


def redacted(text: str, most: int = LINE_MAX) -> str:
    """At most `most` characters of `text` on one line, as they may stand before a model."""
    return flat(harmless(guard.redact(flat(clipping.beginning(text, 2 * most))))[:most])


def summary(things: Held, whole: Collection[str] = (), session: str = "") -> str:
    """The text for `things`: of the sections named in `whole` all of them, shortened where it must be, of
    the others what fits into its share of `DRAFT`. `session` is the id by which their turns are found."""
    named = escape(session)[:8]
    pointer = [f"[n] is a turn of it: memctl session show {named} n"] if named else []
    small = DRAFT // len(SECTIONS)
    for width in WIDTHS:
        shorter = shortened(things, width)
        every = {s.name: _costs(shorter.get(s.name, ()), s) for s in SECTIONS}
        costs = {name: each for name, each in every.items() if name in whole}
        room = MOST - sum(min(small, sum(each)) for name, each in every.items() if name not in whole)
        if sum(map(sum, costs.values())) <= room:
            break
    shares = {s.name: small for s in SECTIONS} | _shares(costs, room)
    return fenced("\n".join((_HEAD, *pointer, *lines(shorter, shares, MOST))))


def _shares(costs: Mapping[str, Sequence[int]], room: int) -> dict[str, int]:
    """Of `room` tokens those for each section: first what is ENOUGH of it, or as much of that for all, then
    the rest, beginning with what lacks least."""
    enough = {name: sum(each[: ceil(ENOUGH * len(each))]) for name, each in costs.items()}
    part = min(1.0, room / max(sum(enough.values()), 1))
    shares = {name: int(part * cost) for name, cost in enough.items()}
    left = room - sum(shares.values())
    for name, each in sorted(costs.items(), key=lambda one: sum(one[1]) - shares[one[0]]):
        more = min(max(left, 0), sum(each) - shares[name])
        shares[name] += more
        left -= more
    return shares


def shortened(things: Held, width: int) -> Held:
    """`things` with at most `width` characters of each of SHORTENED."""
    return {
        n: tuple(short(i, width) for i in items) if n in SHORTENED else items for n, items in things.items()
    }


def short(item: Item, width: int) -> Item:
    """`item` with at most `width` characters; what was left out at an end is `…`."""
    text, about = (s if len(s) <= width else s[: width - 1] + "…" for s in (item.text, item.about))
    return replace(item, text=text, about=about)


def fenced(text: str) -> str:
    """`text`, which is disarmed, between marks made of it: the same text has the same, none holds its own."""
    return "\n".join((fence.opening(_nonce(text)), text, fence.closing(_nonce(text))))


def lines(things: Held, shares: Mapping[str, int], most: int) -> list[str]:
    """The sections named in `shares`, each within so many tokens, and all of them within `most`: a heading
    and its lines, after an empty one."""
    found: list[str] = []
    for section in SECTIONS:
        kept = _fitting(things.get(section.name, ()), min(most, shares.get(section.name, 0)), section)
        most -= sum(tokens(text) + 1 for text in kept)
        found += ["", f"## {section.title}", *kept] if kept else []
    return found


def _nonce(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _fitting(items: Sequence[Item], most: int, section: Section) -> list[str]:
    """The lines of those of `items` that are needed most and fit, in their own order."""
    kept: dict[int, str] = {}
    for at in _order(len(items), section):
        text = _lines_of(items[at])
        cost = tokens(text) + 1
        if cost <= most:
            kept[at] = text
            most -= cost
    return [kept[at] for at in sorted(kept)]


def _order(count: int, section: Section) -> Sequence[int]:
    """The places of things, the most needed first."""
    return range(count) if section.earliest else [*range(min(1, count)), *range(count - 1, 0, -1)]


def _costs(items: Sequence[Item], section: Section) -> list[int]:
    """Tokens of each of `items`, the most needed first."""
    return [tokens(_lines_of(items[at])) + 1 for at in _order(len(items), section)]


def _lines_of(item: Item) -> str:
    return line(item) + (f"\n  {item.about}" if item.about else "")


def line(item: Item) -> str:
    """The line that says `item`, which `read_back` understands: `- [turn, outcome, ...] text`."""
    marks = [str(item.turn) if item.turn else _EARLIER, item.outcome, "" if item.seen else _INFERRED]
    marks += [f"{item.times} times"] if item.times > 1 else []
    return f"- [{', '.join(mark for mark in marks if mark)}] {item.text}"


def read_back(text: str) -> Held:
    """The things that a summary of `summary` holds, without their turns, which were another file's; none for
    any other text."""
    opening, _, rest = text.partition("\n")
    body, _, closing = rest.rpartition("\n")
    nonce = _nonce(body)
    if (opening, closing) != (fence.opening(nonce), fence.closing(nonce)):
        return {}
    names = {f"## {section.title}": section.name for section in SECTIONS}
    found: dict[str, list[Item]] = {section.name: [] for section in SECTIONS}
    name = ""
    for said in body.split("\n"):
        match = _LINE.fullmatch(said)
        if said.startswith("## "):
            name = names.get(said, "")
        elif name and match:
            found[name].append(_item(match[1].split(", ")[1:], match[2]))
        elif name and found[name] and said.startswith("  "):
            found[name][-1] = replace(found[name][-1], about=said[2:])
    return {name: tuple(items) for name, items in found.items()}


def _item(marks: Sequence[str], text: str) -> Item:
    outcome = next((mark for mark in marks if mark in ("ok", "failed", "refused", "now")), "")
    times = next((int(mark.split()[0]) for mark in marks if mark.endswith(" times")), 1)
    return Item(text, 0, _INFERRED not in marks, outcome, times=times)


def joined(earlier: Held, later: Held) -> Held:
    """The things of both, each once; of what only the last state counts (the plan, the next step, what waits)
    the later, if there is any. An error is open until something like it has succeeded."""
    made = {s.name: _both(s, earlier.get(s.name, ()), later.get(s.name, ())) for s in SECTIONS}
    made["errors"] = _still_open(made["errors"], later.get("commands", ()))
    edited = {item.text for item in made["edited"]}
    made["read"] = tuple(item for item in made["read"] if item.text not in edited)
    return made


def _both(section: Section, before: Sequence[Item], after: Sequence[Item]) -> tuple[Item, ...]:
    """The things of one section: those before that are not said again, whole or shortened; those after."""
    if section.state and after:
        return tuple(after)
    known = {item.text for item in after}
    if section.name in SHORTENED:
        known |= {short(item, width).text for item in after for width in WIDTHS}
    return (*(item for item in before if item.text not in known), *after)


def _still_open(errors: Sequence[Item], commands: Sequence[Item]) -> tuple[Item, ...]:
    """`errors` less those of an earlier file (they have no turn) like which one of `commands` succeeded."""
    succeeded = {word for one in commands if one.outcome == "ok" for word in likeness(one.text)}
    return tuple(one for one in errors if one.turn or not succeeded & set(likeness(one.text)))


def stands(item: Item, text: str, *, is_file: bool) -> bool:
    """Whether `item` stands in `text`, which is on one line: a file as a whole path."""
    at = text.find(item.text)
    while is_file and at >= 0:
        around = text[max(0, at - 1) : at] + text[at + len(item.text) : at + len(item.text) + 1]
        if not any(char.isalnum() or char in "/_-" for char in around):
            return True
        at = text.find(item.text, at + 1)
    return at >= 0
