"""What a session did as a skill: when to use it, steps with their commands, checks, pitfalls. No model.

A draft: a person edits it until it says what is always done. What is quoted is verbatim; commands that only
look around, that span lines or are too long to be typed again are left out.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from memctl.domain.contents import Contents, Item
from memctl.services.session import digest
from memctl.services.session.aftermath import likeness
from memctl.text import naming

QUOTE = 400
"""Characters of one message of the person."""

TYPED = 300
"""Characters of a command that somebody would type again."""

MOST = {"said": 6, "constraints": 12, "steps": 20, "checks": 8, "pitfalls": 8}
"""Lines of each part: a skill is read as a whole."""


@dataclass(frozen=True)
class Recipe:
    """A skill without its name, and the things of the session that it was made of."""

    description: str
    body: str
    said: tuple[Item, ...]  # in the person's words
    pitfalls: tuple[Item, ...]  # what a tool said stands in it


def recipe(contents: Contents, since: int = 0) -> Recipe | None:
    """The skill for what `contents` holds, its purpose from the person's messages after turn `since` where
    there are any. None where nothing was asked for, or no command and no file would be in it."""
    said, demands = _asked_for(contents, since), contents.constraints[: MOST["constraints"]]
    ran = list(filter(_is_typed, contents.commands))
    if not said or not (ran or contents.edited):
        return None
    pitfalls = [*filter(_is_typed, (*contents.failures, *contents.errors))][-MOST["pitfalls"] :]
    worked = [item for item in ran if item.outcome == "ok"]
    aim = digest.redacted(said[0].text, QUOTE)
    parts = {
        f"# {_title(aim)}": [],
        "## When to use it": [f"- {_quote(item)}" for item in said],
        "## What has to be kept to": [f"- {_quote(item)}" for item in demands],
        "## Steps": list(_steps(contents, [item for item in worked if item.times == 1])),
        "## Checks": _checks([item for item in worked if item.times > 1]),
        "## Pitfalls": list(map(_pitfall, pitfalls)),
    }
    body = "\n\n".join(_parts(parts)) + "\n"
    return Recipe(_description(aim), body, (*said, *demands), tuple(pitfalls))


def _asked_for(contents: Contents, since: int) -> list[Item]:
    """The person's first messages after turn `since`, or all of them; a yes is for one question alone."""
    answers = {item.turn for item in contents.decisions}
    asked = [item for item in contents.requests if item.turn not in answers]
    return ([item for item in asked if item.turn > since] or asked)[: MOST["said"]]


def _checks(ran: Sequence[Item]) -> list[str]:
    """What was run again and again and passed at last."""
    return [f"- {_code(item.text)} passes" for item in ran[-MOST["checks"] :]]


def _parts(parts: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The headings, each with its lines; those without any are left out, but for the title."""
    for title, lines in parts.items():
        if lines or title.startswith("# "):
            yield "\n\n".join((title, *(["\n".join(lines)] if lines else [])))


def _title(aim: str) -> str:
    return naming.make_description(aim).rstrip(".!?…") or "Skill"


def _description(aim: str) -> str:
    """What an agent sees before it decides to use the skill."""
    return naming.make_description(f"Use for work like: {_title(aim)}")


def _quote(item: Item) -> str:
    text = digest.redacted(item.text)
    return f"“{text if len(text) <= QUOTE else text[:QUOTE] + '…'}”"


def _is_typed(item: Item) -> bool:
    text = item.text
    return len(text) <= TYPED and "<<" not in text and "\n" not in text and bool(likeness(text))


def _each_kind(commands: Iterable[Item]) -> list[Item]:
    """Of commands that are alike the last: what differs between them is of that one session."""
    return list({likeness(item.text): item for item in commands}.values())


def _steps(contents: Contents, worked: Sequence[Item]) -> Iterator[str]:
    """What was done, in its order: the plan's steps if there was one, files edited, commands that worked."""
    done = [(step.turn, digest.redacted(step.text)) for step in contents.steps if step.outcome == "ok"]
    done += [(item.turn, f"Edit {_code(_inside(item.text, contents))}") for item in contents.edited]
    done += [(item.turn, f"Run {_code(item.text)}") for item in _each_kind(worked)]
    for number, (_, text) in enumerate(sorted(done, key=lambda pair: pair[0])[-MOST["steps"] :], 1):
        yield f"{number}. {text}"


def _inside(path: str, contents: Contents) -> str:
    project = contents.session.project
    return path.removeprefix(project.rstrip("/") + "/") if project else path


def _pitfall(item: Item) -> str:
    how = "was refused" if item.outcome == "refused" else "failed"
    return f"- {_code(item.text)} {how}" + (f": {_code(item.about)}" if item.about else "")


def _code(text: str) -> str:
    """`text` as code that nothing in it ends."""
    safe = digest.redacted(text, TYPED)
    ticks = "`" * (1 + max(map(len, re.findall("`+", safe)), default=0))
    pad = " " if safe[:1] == "`" or safe[-1:] == "`" else ""
    return f"{ticks}{pad}{safe}{pad}{ticks}"
