"""What a recall found: as JSON, as a list of links, and how it was made."""

from collections.abc import Mapping
from textwrap import indent
from typing import TYPE_CHECKING

from memctl.cli.output import counted
from memctl.cli.run import Run
from memctl.cli.show.documents import age, memory_object, standing_keys, when
from memctl.domain.memory import stem
from memctl.domain.relation import COLD
from memctl.text.escape import escape, shell_word

if TYPE_CHECKING:
    from memctl.domain.memory import Memory
    from memctl.domain.selection import Selection


SHOWN_FIRST = 2
SHOWN_LINES = 4
"""Answers whose text begins below them on a terminal, and lines of it: five answers still fit a screen."""


def texts(run: Run, found: "Selection", *, whole: bool) -> dict[str, list[str]]:
    """File -> lines of its body to show below it: all with `whole`, else the beginning of the first answers,
    where it says more than the description."""
    if whole:
        return {r.memory.file: [*r.memory.body.strip("\n").split("\n"), ""] for r in found.memories}
    return {r.memory.file: _beginning(r.memory) for r in found.memories[:SHOWN_FIRST]}


def _beginning(memory: "Memory") -> list[str]:
    lines = [line.rstrip() for line in memory.body.split("\n") if line.strip()]
    if " ".join(lines).strip() == memory.description.strip():
        return []
    more = f"… memctl show {shell_word(memory.stem)}"
    return lines if len(lines) <= SHOWN_LINES else [*lines[: SHOWN_LINES - 1], more]


def selection_document(run: Run, found: "Selection", *, body: bool = False) -> dict[str, object]:
    """The JSON document of a recall, with `body` the text of each memory too."""
    keys = ("query", "strategy", "reason", "model", "elapsed_ms", "scanned", "candidates")
    return {
        **{key: getattr(found, key) for key in keys},
        **({} if found.as_of is None else {"as_of": when(found.as_of)}),
        "warnings": list(found.warnings),
        "memories": [
            memory_object(
                run,
                r.memory,
                score=None if r.score is None else round(r.score, 4),
                warnings=r.warnings,
                **({"body": r.memory.body} if body else {}),
                **standing_keys(r.standing) | ({} if found.as_of is None else {"tier": None}),
            )
            for r in found.memories
        ],
    }


def print_links(run: Run, found: "Selection", *, body: bool = False) -> None:
    """A Markdown list with a link to each memory, with `body` each followed by its text."""
    from memctl.format.links import title

    for recalled in found.memories:
        memory = recalled.memory
        link = f"[{title(memory.name)}](<{recalled.path}>)"
        label = f", {escape(recalled.standing.label)}" if recalled.standing.label else ""
        about = f"{memory.type or 'memory'}, {age(memory.modified, run.now)}{label}"
        run.out.line(f"- {link} — {memory.description} ({about})")
        if body:
            run.out.block("\n" + indent(memory.body.strip("\n"), "  ") + "\n\n")


def say_time(run: Run, found: "Selection", *, labels: bool) -> None:
    """Of which moment the answer is, what became of each memory since, and that only the archive answers.

    With `labels` also which memories no longer hold, for an output that has no room for it."""
    if found.as_of is not None:
        run.out.note(f"as of {day(found.as_of)}")
    for recalled in found.memories:
        file, standing = recalled.memory.file, recalled.standing
        if labels and standing.label:
            run.out.note(f"{escape(file)}: {escape(standing.label)}")
    if found.as_of is not None:
        say_became(run, {r.memory.file: r.standing.became for r in found.memories}, found.as_of)
    if found.memories and all(r.standing.tier == COLD for r in found.memories):
        run.out.note("nothing warmer fits: this is from the archive")


def say_became(run: Run, became: Mapping[str, str], as_of: float) -> None:
    """What became of each memory (file -> `changed`, `gone` or "") that is shown as it was, and how to read
    it: what the history held then can be shown, what it got to know later is in its log."""
    if not any(became.values()):
        return
    from memctl.services.recall.retrospect import recorded

    held = recorded(run.directory, day(as_of))
    for file, what in became.items():
        if what:
            said = "is not there any more" if what == "gone" else "was changed since"
            name = shell_word(stem(file))
            then = f"as it was: memctl show {name} --at {day(as_of)}"
            later = f"its versions: memctl log {name}"
            run.out.note(f"{escape(file)}: {said}; {then if file in held else later}")


def day(moment: float) -> str:
    """`2026-05-12`, in UTC."""
    return when(moment)[:10]


def say_strategy(run: Run, found: "Selection") -> None:
    """Who selected, of how many memories, in what time."""
    if not found.memories:
        count = counted(found.scanned, "memory", "memories")
        run.out.note(f"nothing fits, of {count} ({found.strategy})")
        _say_lacking(run)
        return
    how = f"{found.strategy}, {found.model}" if found.model else found.strategy
    count = counted(found.scanned, "memory", "memories")
    run.out.note(f"{len(found.memories)} of {count} ({how}, {found.elapsed_ms} ms)")


def _say_lacking(run: Run) -> None:
    """Where nothing was found: that memories are found better with prompts, which need no key."""
    from memctl.services.context import reminders
    from memctl.store.memory.listing import scan

    newest = sorted(scan(run.directory)[0], key=lambda entry: -entry[2])[: reminders.LOOKED_AT]
    if reminders.without_queries(run.directory, [entry[0] for entry in newest]):
        how = "memctl enrich --missing asks a model, memctl enrich --print needs no key"
        run.remind(
            "queries", f"memories without anticipated queries are found by their own words alone: {how}"
        )


_CURE = (
    "a model without a key: memctl config set command 'claude -p';"
    " never one: memctl config set selector lexical"
)
"""What ends the note on missing credentials, one way or the other."""


def say_reason(run: Run, found: "Selection", *, asked: bool = False) -> None:
    """Why another strategy answered; that there are no credentials is the usual case and no warning, and a
    reminder where nobody asked for the model."""
    if found.message and found.reason == "no-credentials":
        cure = f"{found.message}; {_CURE}"
        run.out.note(cure) if asked else run.remind("credentials", cure, everywhere=True)
    elif found.message:
        run.out.warn(found.message)
