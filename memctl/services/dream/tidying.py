"""What one memory lacks or has too much: a description, dates that last, two subjects in one, length, use."""

from collections.abc import Iterator, Sequence

from memctl.domain import relation, times
from memctl.domain.memory import DESCRIPTION_MAX, Memory
from memctl.domain.proposal import Part, Proposal
from memctl.errors import MemctlError
from memctl.format import mentions
from memctl.format.caption import opening, says_nothing
from memctl.services.compress import cuts
from memctl.services.compress.detail import sections
from memctl.services.compress.shortening import SHARE, why_left
from memctl.services.context.block import tokens
from memctl.services.dream import drafts
from memctl.services.dream.survey import Survey
from memctl.services.inbox.content import Carrier, content
from memctl.services.review.loss import with_dates
from memctl.text import naming

LONG = 1_000
"""Tokens of a body from which a shorter one is proposed: a recalled memory is cut at about so many."""

GAIN = 0.8
"""Share of its tokens that a shorter body has at most: less is not worth a verdict."""

DAY = 86_400.0
OVER = 180
"""Days after which what expired, and is never recalled, may answer last. Until then people ask about it."""

UNUSED = 365
"""Days after which the same holds of what a project was about, where no session kept was shown it."""

SHOWN_MIN = 20
"""Memories that sessions must have been shown before it says anything that one was not."""

SECTION_MIN = 60
"""Characters of a section that may be a memory of its own."""


def found(survey: Survey, directory: str) -> Iterator[Proposal]:
    """Drafts about one memory each, the surest first."""
    current = survey.current()
    for step, what in ((told_better, "read {} of {} memories"), (split, "took {} of {} memories apart")):
        for memory in survey.told(what, current):
            draft = step(memory)
            if draft is not None:
                yield draft
    for memory in survey.told("followed the links of {} of {} memories", current):
        draft = relinked(memory, survey)
        if draft is not None:
            yield draft
    for memory in survey.told("shortened {} of {} memories", current):
        draft = _shortened(directory, memory)
        if draft is not None:
            yield draft
    shown = len(survey.used) >= SHOWN_MIN
    for memory in survey.memories.values():
        draft = _demoted(survey, memory, shown)
        if draft is not None and survey.may(memory):
            yield draft


def told_better(memory: Memory) -> Proposal | None:
    """Its relative dates as dates, and a description out of its own words where it has none that says
    anything."""
    dated = with_dates(memory)
    described, is_dated = _described(dated), dated != memory
    reasons = ["says when in words that are true for a day"] * is_dated
    reasons += ["its description is missing or says nothing"] * (described != dated.description)
    if not reasons or len(described) > DESCRIPTION_MAX:
        return None
    return drafts.changed(memory, "; ".join(reasons), description=described, body=dated.body)


def _described(memory: Memory) -> str:
    if not says_nothing(memory.description, memory.stem):
        return memory.description
    said = naming.make_description(opening(memory.body)[1])
    return memory.description if not said or says_nothing(said, memory.stem) else said


def relinked(memory: Memory, survey: Survey) -> Proposal | None:
    """Its links that lead nowhere, where one memory alone replaced what they named, or is called so but for
    case and the marks between words."""
    body = memory.body
    for _, name in mentions.found(memory.body):
        if not any(name.casefold() in _answers(one) for one in survey.memories.values()):
            meant = [one for one in survey.memories.values() if _is_meant(name, one)]
            if len(meant) == 1:
                body = body.replace(f"[[{name}]]", f"[[{meant[0].stem}]]")
    if body == memory.body:
        return None
    return drafts.changed(memory, "links to a memory that is not there", body=body)


def _answers(memory: Memory) -> set[str]:
    last = memory.stem.rpartition("/")[2]
    return {text.casefold() for text in (memory.file, memory.stem, last, f"{last}.md", memory.name)}


def _is_meant(name: str, memory: Memory) -> bool:
    known = (memory.metadata.get(key) for key in ("supersedes", "mergedFrom"))
    listed = [one for value in known for one in (value if isinstance(value, list) else [value])]
    return name in listed or naming.make_name([name], ()) == naming.make_name([memory.stem], ())


def split(memory: Memory) -> Proposal | None:
    """Its sections as memories of their own, where they are all of it and none leads to another."""
    parts = sections(memory.body)
    whole = all(part.heading and len(part.text) - len(part.heading) >= SECTION_MIN for part in parts)
    if len(parts) < 2 or not whole or "mergedFrom" in memory.metadata:
        return None
    made = [_part(part.heading, part.text) for part in parts]
    if any(part is None for part in made):
        return None
    kept, *others = [part for part in made if part is not None]
    first, *rest = [part.text for part in parts]
    stays = not says_nothing(memory.description, memory.stem) and _is_of(memory.description, first, rest)
    said = Part(memory.stem, memory.description if stays else kept.description, kept.body)
    return drafts.split(memory, said, others, f"holds {len(parts)} facts under headings of their own")


def _is_of(described: str, kept: str, others: Sequence[str]) -> bool:
    """Whether a description may stay with the part that is `kept`: no word of it is another part's alone."""
    own, rest = Carrier(kept), Carrier("\n".join(others))
    return all(own.carries(word) or not rest.carries(word) for word in content(described))


def _part(heading: str, text: str) -> Part | None:
    body = text.partition("\n")[2].strip("\n") + "\n"
    name = naming.make_name([heading], ())
    described = naming.make_description(f"{heading}: {opening(body)[1]}")
    return Part(name, described, body) if name and described else None


def _shortened(directory: str, memory: Memory) -> Proposal | None:
    before = tokens(memory.body)
    if before < LONG:
        return None
    if tokens(cuts.shortest(memory.description, memory.body)) > GAIN * before:
        return None
    target = int(before * SHARE)
    try:
        left = why_left(directory, memory, target)
    except MemctlError:  # without git nothing could show the full text again
        return None
    shorter = "" if left else cuts.shorten(memory.description, memory.body, target).body
    if not shorter or tokens(shorter) > GAIN * before:
        return None
    return drafts.shortened(memory, shorter, f"{tokens(shorter)} tokens instead of {before}")


def _demoted(survey: Survey, memory: Memory, shown: bool) -> Proposal | None:
    """Into the last tier: what expired long ago, or what nobody needed for a year. What was replaced answers
    behind what replaced it anyway."""
    if memory.metadata.get("tier") == "cold" or memory.file in survey.used:
        return None
    if relation.superseded_by(memory.metadata):
        return None
    end = times.end_of(memory.metadata.get("expires"))
    if times.is_over(end, survey.now):
        if survey.now - end > OVER * DAY:
            why = f"expired {memory.metadata['expires']}, and no session was shown it since"
            return drafts.demoted(memory, why)
    elif shown and memory.type == "project" and survey.now - memory.modified > UNUSED * DAY:
        return drafts.demoted(memory, "no session was shown it, and it is over a year old")
    return None
