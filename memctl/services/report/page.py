"""The page of a report: its contents as elements, section by section."""

from collections.abc import Iterable, Sequence
from importlib import resources
from xml.etree.ElementTree import Element

from memctl import __version__
from memctl.agents.actor import PERSON
from memctl.domain import times
from memctl.domain.proposal import Proposal
from memctl.domain.skill_file import path_of
from memctl.services.report.inventory import BODY_MAX, COST_DAYS, DAY, Contents, Remembered, line, text
from memctl.services.report.markup import document, el, said
from memctl.store.history.records import Record

TITLES = {
    "user": "About you",
    "feedback": "How you want it done",
    "project": "About the project",
    "reference": "Where to look",
}
"""The types, as a person would say them."""


def html(contents: Contents) -> str:
    """The whole page."""
    style = resources.files("memctl").joinpath("data", "report.css").read_text(encoding="utf-8")
    sections = {
        "memories": ("What is remembered", _memories(contents)),
        "changes": ("What changed", _changes(contents)),
        "waiting": ("What waits for your verdict", _waiting(contents)),
        "recall": ("What recall returned, and what it missed", _recall(contents)),
        "cost": ("What it cost", _cost(contents)),
    }
    parts = [el("section", el("h2", title), *children, id=key) for key, (title, children) in sections.items()]
    links = [el("li", el("a", title, href=f"#{key}")) for key, (title, _) in sections.items()]
    body = el("body", _header(contents), el("nav", el("ul", *links)), el("main", *parts), _footer(contents))
    return document(f"memctl: {contents.place.root}", style, body)


def _header(contents: Contents) -> Element:
    figures = contents.figures
    tiers = ", ".join(f"{count} {name}" for name, count in figures["tiers"].items() if count)
    index = figures["index"]
    facts = {
        "project": contents.place.root,
        "memory directory": contents.place.directory,
        "memories": f"{contents.total:,}" + (f" ({tiers})" if tiers else ""),
        "no longer to be relied on": f"{figures['stale']:,}",
        "waiting": f"{contents.waiting_total:,}",
    }
    if index:
        facts["MEMORY.md"] = f"{index['lines']} of {index['lines_max']} lines, {index['bytes']:,} bytes"
    pairs = [part for key, value in facts.items() for part in (el("dt", key), el("dd", said(value)))]
    return el(
        "header",
        el("h1", "What is remembered here"),
        el("dl", *pairs),
        _notes("Left out", contents.cut),
        _notes("Needs a look (memctl doctor)", contents.problems),
    )


def _notes(title: str, lines: Sequence[str]) -> Element | None:
    if not lines:
        return None
    shown = [el("li", said(line(one))) for one in lines[:20]]
    more = [el("li", f"and {len(lines) - 20} more")] if len(lines) > 20 else []
    return el("section", el("h3", title), el("ul", *shown, *more), class_="note")


def _memories(contents: Contents) -> list[Element]:
    tables = [
        _table(
            f"{_kind(type_)}: {len(found):,}",
            _HEADS,
            [_row(contents, one) for one in found],
            "memories",
        )
        for type_, found in contents.memories.items()
        if found
    ]
    return tables or [el("p", "Nothing is remembered yet.")]


def _kind(type_: str) -> str:
    """A type as a person would say it; another word than the four stands as it is."""
    return f"{TITLES[type_]} ({type_})" if type_ in TITLES else type_.capitalize()


_HEADS = ("memory", "age", "of use", "evidence")


def _row(contents: Contents, one: Remembered) -> list[Element]:
    notes = [el("small", said(note), class_="mark") for note in one.notes]
    about = el("p", said(one.description)) if one.description else None
    return [
        el("td", el("strong", said(one.name)), *notes, about, _body(one)),
        el("td", _day(one.modified), f" ({_ago(contents.now - one.modified)})"),
        el("td", *_used(one)),
        el("td", *_evidence(one)),
    ]


def _body(one: Remembered) -> Element | None:
    if one.body is None:
        return None
    cut = el("p", f"cut after {BODY_MAX:,} characters", class_="note") if one.is_cut else None
    return el("details", el("summary", "text"), el("pre", said(one.body)), cut)


def _used(one: Remembered) -> list[Element | str]:
    if not one.uses:
        return ["not yet"]
    return [f"in {one.uses} session{'s' if one.uses > 1 else ''}, last ", _day(one.used)]


def _evidence(one: Remembered) -> list[Element | None]:
    state = el("small", one.state, class_=f"mark {one.state}") if one.state else None
    return [said(one.evidence) if one.evidence else el("span", "none", class_="none"), state]


def _changes(contents: Contents) -> list[Element]:
    if not contents.changes:
        return [el("p", "Nothing is recorded yet.")]
    rows = [
        [
            el("td", _moment(one.when)),
            el("td", said("person" if one.actor == PERSON else one.actor)),
            el("td", one.verb),
            el("td", said(_why(one))),
        ]
        for one in contents.changes
    ]
    return [_table("The newest first", ("when", "who", "what", "why"), rows)]


def _why(one: Record) -> str:
    files = ", ".join(path_of(file) for file in one.files[:4])
    return line(one.why or files)


def _waiting(contents: Contents) -> list[Element]:
    if not contents.waiting:
        return [el("p", "Nothing waits.")]
    rows = [
        [el("td", *_proposed(one)), el("td", said(one.origin)), el("td", _day(one.created))]
        for one in contents.waiting
    ]
    return [_table("Decide with memctl review", ("proposal", "whose words", "since"), rows)]


def _proposed(one: Proposal) -> list[Element | str | None]:
    quotes = [el("li", said(line(f"{item.turn}: “{item.quote}”"))) for item in one.evidence]
    body = el("pre", said(text(one.body))) if one.body else None
    return [
        el("strong", f"{one.operation} ", said(line(one.name))),
        el("p", said(line(one.description or one.why))),
        el("details", el("summary", "text and evidence"), body, el("ul", *quotes)),
    ]


def _recall(contents: Contents) -> list[Element]:
    parts = []
    if contents.recent:
        asked, answered = contents.recent["prompts"], contents.recent["prompts_with_memories"]
        days = contents.recent["days"]
        parts.append(
            el(
                "p",
                f"In the last {days} days, over all projects, memories were recalled at {answered:,} of"
                f" {asked:,} prompts; at {asked - answered:,} none was found. The log keeps no prompts:"
                " memctl why QUERY says of one why.",
            )
        )
    rows = [
        [
            el("td", said(str(call["at"]))),
            el("td", said(str(call.get("agent", "")))),
            el("td", said(line(", ".join(map(str, call["recalled"]))))),
        ]
        for call in contents.calls
    ]
    parts.append(
        _table("Recalled here lately", ("when", "agent", "memories"), rows)
        if rows
        else el("p", "No hook has recalled a memory of this project yet: memctl hooks install AGENT.")
    )
    if contents.unused:
        more = contents.unused_total - len(contents.unused)
        names = [el("li", said(line(name))) for name in contents.unused]
        names += [el("li", f"and {more:,} more")] if more else []
        title = f"Never of use in a session so far: {contents.unused_total:,}"
        parts.append(el("details", el("summary", title), el("ul", *names)))
    return parts


def _cost(contents: Contents) -> list[Element]:
    if not contents.cost["calls"]:
        return [el("p", f"No model was asked in the last {COST_DAYS} days.")]
    purposes = {**contents.cost["by_purpose"], "in all": contents.cost}
    rows = [
        [
            el("td", name),
            *(el("td", f"{one[key]:,}") for key in ("calls", "input_tokens", "output_tokens")),
            el(
                "td",
                f"{one['usd']:.4f}"
                + (f" and {one['unknown_price']} of unknown price" if one["unknown_price"] else ""),
            ),
        ]
        for name, one in purposes.items()
    ]
    heads = ("for", "calls", "tokens in", "tokens out", "US dollars")
    return [_table(f"The last {COST_DAYS} days, all projects", heads, rows)]


def _table(title: str, heads: Iterable[str], rows: Iterable[Iterable[Element]], kind: str = "") -> Element:
    """A table under its `title`; `kind` is its class in the style."""
    head = el("thead", el("tr", *(el("th", name, scope="col") for name in heads)))
    body = el("tbody", *(el("tr", *row) for row in rows))
    return el("table", el("caption", title), head, body, **({"class_": kind} if kind else {}))


def _footer(contents: Contents) -> Element:
    return el("footer", f"Made by memctl {__version__} report at ", _moment(contents.now), ".")


def _moment(moment: float) -> Element:
    text = times.write_second(moment)
    return el("time", text.replace("T", " ").replace("Z", " UTC"), datetime=text)


def _day(moment: float) -> Element:
    text = times.write_second(moment)[:10]
    return el("time", text, datetime=text)


def _ago(seconds: float) -> str:
    days = int(max(0.0, seconds) // DAY)
    return "today" if days == 0 else "1 day" if days == 1 else f"{days:,} days"
