"""What a recall found: as JSON, as a list of links, and how it was made."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from memctl.cli.run import Run
from memctl.cli.show.documents import age, memory_object, standing_keys, when
from memctl.domain.memory import stem
from memctl.domain.relation import COLD
from memctl.text.escape import escape, shell_word

if TYPE_CHECKING:
    from memctl.domain.selection import Selection


def selection_document(run: Run, found: "Selection") -> dict[str, object]:
    """The JSON document of a recall."""
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
                **standing_keys(r.standing) | ({} if found.as_of is None else {"tier": None}),
            )
            for r in found.memories
        ],
    }


def print_links(run: Run, found: "Selection") -> None:
    """A Markdown list with a link to each memory."""
    from memctl.format.links import title

    for recalled in found.memories:
        memory = recalled.memory
        link = f"[{title(memory.name)}](<{recalled.path}>)"
        label = f", {escape(recalled.standing.label)}" if recalled.standing.label else ""
        about = f"{memory.type or 'memory'}, {age(memory.modified, run.now)}{label}"
        run.out.line(f"- {link} — {memory.description} ({about})")


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
        run.out.note(f"nothing fits, of {found.scanned} memories ({found.strategy})")
        return
    how = f"{found.strategy}, {found.model}" if found.model else found.strategy
    run.out.note(f"{len(found.memories)} of {found.scanned} memories ({how}, {found.elapsed_ms} ms)")


def say_reason(run: Run, found: "Selection", *, asked: bool = False) -> None:
    """Why another strategy answered; that there are no credentials is the usual case and no warning, and a
    reminder where nobody asked for the model."""
    if found.message and found.reason == "no-credentials":
        run.out.note(found.message) if asked else run.remind("credentials", found.message)
    elif found.message:
        run.out.warn(found.message)
