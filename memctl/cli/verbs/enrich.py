"""The verb that has a model, any chat or the person anticipate queries."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memctl.cli.abbreviation import full_names
from memctl.cli.complete import memory_names
from memctl.cli.output import counted
from memctl.cli.run import TEXT_MAX, Run, read_text, verb
from memctl.errors import NotFound, Refused, UsageError
from memctl.store.state import deed

if TYPE_CHECKING:
    from memctl.domain.memory import Memory
    from memctl.services.recall.handback import Taken
    from memctl.services.recall.inquiry import Asked
    from memctl.services.recall.queries import KeptQueries


LONG = 60_000
"""Characters from which a prompt is long for a chat: about 15,000 tokens, and an answer of a third."""

NAMED = 10
"""Unknown names that a message names."""


@verb
def enrich(
    run: Run,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME...]", help="Memories; all without one.", autocompletion=memory_names),
    ] = None,
    missing: Annotated[
        bool, typer.Option("--missing", help="Only those that lack some: the default.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Also those that have some: ask anew.")] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, help="At most this many memories, the newest.")
    ] = None,
    print_: Annotated[
        bool, typer.Option("--print", help="Print the prompt for any chat, and send nothing.")
    ] = False,
    from_: Annotated[
        str | None,
        typer.Option("--from", metavar="FILE|-", help="Take a chat's answer, or a list of your own."),
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Write them into the topic files as well.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show exactly what would be sent, and stop.")
    ] = False,
) -> None:
    """Have a model anticipate the prompts in which a memory helps, once per content.

    Without a key: `--print` for any chat, and `--from` for its answer.
    """
    from memctl.services.recall import enrichment as service
    from memctl.services.recall.queries import KeptQueries

    if from_ is not None and (names or print_ or dry_run or limit is not None):
        raise UsageError("--from says by itself what it is about", hint="give it alone, or with --again")
    settings = run.settings()
    kept = KeptQueries(run.directory, settings.enrich_model)
    memories = run.store.find_all(full_names(run, names)) if names else run.store.memories()[0]
    if from_ is not None:
        _take(run, from_, memories, kept, again=again)
    else:
        spoken = service.languages(settings)
        wanted = _wanted(memories, kept, spoken, again=again)
        if limit is not None:
            wanted = sorted(wanted, key=lambda one: -one.memory.modified)[:limit]
        if print_ or dry_run:
            (_print_prompt if print_ else _print_requests)(run, wanted)
            return
        _ask(run, wanted, kept, spoken, again=again)
    if write:
        _write_queries(run, kept, memories)


def _wanted(
    memories: "Sequence[Memory]", kept: "KeptQueries", languages: tuple[str, ...], *, again: bool
) -> "list[Asked]":
    from memctl.services.recall import enrichment as service
    from memctl.services.recall.inquiry import Asked

    if again:
        return [Asked(memory, languages) for memory in memories]
    return service.wanted(memories, kept, languages)


def _ask(
    run: Run, wanted: "list[Asked]", kept: "KeptQueries", languages: tuple[str, ...], *, again: bool
) -> None:
    """Ask the provider about `wanted`, and say what came of it. Raises ModelFailed once that is said."""
    from memctl.services.recall import enrichment as service

    done = service.Enriched()
    if wanted:
        from memctl.services.own_model import choose
        from memctl.services.recall.sifting import guard

        provider = choose(run.settings(), "enrich")
        done = service.enrich(
            wanted,
            provider,
            kept,
            guard(),
            progress=lambda done, total: run.out.note(f"{done} of {counted(total, 'memory', 'memories')}"),
            languages=languages,
            again=again,
        )
    offered = _propose(run, done.described)
    deed.note(run.directory, "enrich" if done.done else "", run.now)
    failure = done.failure
    if failure is None or not run.out.json:
        _print_enriched(run, done, offered)
    if failure is not None:
        if failure.slug == "no-credentials":
            failure.hint = f"without a key: `memctl enrich --print` is for any chat; {failure.hint}"
        raise failure


def _propose(run: Run, described: Mapping[str, str]) -> list[str]:
    """Offer better descriptions in the inbox; the names of the memories that they are for."""
    from memctl.services.inbox.describing import propose

    names = [proposal.name for proposal in propose(run.place, described, run.now)]
    if names:
        run.out.note(f"better descriptions wait for {', '.join(names)}: memctl review")
    return names


def _write_queries(run: Run, kept: Any, memories: "Sequence[Memory]") -> None:
    from memctl.cli.write import offer_undo
    from memctl.cli.write import write as write_change
    from memctl.services.recall.queries import into_files

    change = into_files(kept, [run.store.read(m.file) for m in memories], run.now)
    if change is not None:
        applied = write_change(run, change)
        offer_undo(run, applied)
        run.out.warn_all(applied.warnings)


def _print_enriched(run: Run, done: Any, offered: list[str]) -> None:
    if run.out.json:
        run.out.document(
            {
                "enriched": list(done.done),
                "missed": list(done.missed),
                "left": list(done.left),
                "described": offered,
                "calls": done.calls,
                "dry_run": False,
            }
        )
    else:
        for file in done.done:
            run.out.line(run.store.path(file))
    if not done.calls:
        run.out.note("every memory has its anticipated queries")
    run.out.warn_all(f"{file}: the model wrote no usable query" for file in done.missed)


def _print_prompt(run: Run, wanted: "list[Asked]") -> None:
    """The whole prompt for a chat, and on stderr what of the memories stands in it."""
    from memctl.services.guard import redact
    from memctl.services.recall import inquiry

    text = inquiry.for_chat(wanted, redact) if wanted else ""
    if run.out.json:
        run.out.document({"prompt": text, "memories": [one.memory.file for one in wanted]})
    elif text:
        run.out.block(text)
    if not wanted:
        run.out.note("every memory has its anticipated queries")
        return
    run.out.note(f"of {_memories(len(wanted))}: {inquiry.SENT}; nothing was sent")
    if len(text) > LONG:
        run.out.note(
            f"it has {len(text):,} characters: --limit N gives the newest N memories, and then the next"
        )
    run.out.note("give it to any chat, and its answer to: memctl enrich --from -")


def _print_requests(run: Run, wanted: "list[Asked]") -> None:
    """Each request as a provider would get it; a fence's random part alone differs from run to run."""
    from memctl.services.guard import redact
    from memctl.services.own_model import recipient
    from memctl.services.recall import inquiry

    to = recipient(run.settings(), "enrich")
    by_file = {one.memory.file: one for one in wanted}
    requests = [inquiry.prompt(list(b.values()), redact) for b in inquiry.batches(by_file)]
    if run.out.json:
        run.out.document(
            {
                "enriched": [],
                "missed": [],
                "left": list(by_file),
                "described": [],
                "calls": 0,
                "dry_run": True,
                "to": to,
                "requests": [{"system": r.system, "user": r.user} for r in requests],
            }
        )
    else:
        run.out.block("\n".join(f"{request.system}\n\n{request.user}\n" for request in requests))
    if not requests:
        run.out.note("every memory has its anticipated queries")
        return
    times = f"in {len(requests)} request{'' if len(requests) == 1 else 's'}"
    run.out.note(f"{_memories(len(wanted))} would be sent {times}: of each {inquiry.SENT}")
    run.out.note(f"to {to}")


def _memories(count: int) -> str:
    return f"{count} memor{'y' if count == 1 else 'ies'}"


def _take(run: Run, source: str, memories: "Sequence[Memory]", kept: "KeptQueries", *, again: bool) -> None:
    """Take what a chat answered, or a list of the person's own. Raises NotFound for names that no memory
    answers to, Refused where nothing may be kept; what was usable is kept all the same."""
    from memctl.services.recall import handback
    from memctl.services.recall.sifting import guard

    text = read_text("-", run.out, "answer") or "" if source == "-" else _read_file(source)
    kept.look_for(map(kept.key, memories))
    taken = handback.take(handback.read(text), memories, kept, guard(), again=again)
    offered = _propose(run, taken.described)
    refused = bool(taken.unfit) and not taken.done
    deed.note(run.directory, "enrich" if taken.done else "", run.now)
    if not run.out.json or not (taken.unknown or refused):
        _print_taken(run, taken, offered)
    if taken.unknown:
        raise _unknown(run, taken, source, memories)
    if refused:
        raise Refused(
            "none of the prompts may be kept: each holds a secret, hidden characters or what steers a model",
            hint="say in plain words when the memory helps",
        )


def _print_taken(run: Run, taken: "Taken", offered: list[str]) -> None:
    if run.out.json:
        run.out.document(
            {
                "enriched": list(taken.done),
                "missed": list(taken.missed),
                "left": [],
                "described": offered,
                "calls": 0,
                "dry_run": False,
            }
        )
    else:
        for file in taken.done:
            run.out.line(run.store.path(file))
    run.out.warn_all(
        f"{file}: {number} of the prompts left out: a secret, what hides or steers, or too many"
        for file, number in taken.unfit.items()
    )
    run.out.warn_all(f"{file}: nothing usable was given" for file in taken.missed)


def _unknown(run: Run, taken: "Taken", source: str, memories: "Sequence[Memory]") -> NotFound:
    """The failure that names what was given for no memory; of stdin that is put aside: nothing is lost."""
    from memctl.services.guard import redact
    from memctl.store.memory.memories import near
    from memctl.text.escape import escape

    listed = [repr(escape(redact(name))) for name in taken.unknown]
    more = f" and {len(listed) - NAMED} more" if len(listed) > NAMED else ""
    names = ", ".join(listed[:NAMED]) + more
    alike = near(next(iter(taken.unknown)), [memory.stem for memory in memories])
    message = (
        f"there is no single memory called {names}; the prompts for {_memories(len(taken.done))} are kept"
    )
    hints = ["did you mean " + ", ".join(alike) + "?"] if alike else []
    if source == "-":
        from memctl.cli.editor import put_aside

        rest = redact(json.dumps(taken.unknown, ensure_ascii=False, indent=1))
        hints.append(f"the rest is in {put_aside(rest.encode('utf-8', 'replace'), 'unknown.json')}")
    return NotFound(message, hint=" ".join(hints) or "correct the names and give it again")


def _read_file(path: str) -> str:
    try:
        with open(path, "rb") as handle:
            data = handle.read(TEXT_MAX + 1)
    except OSError as error:
        raise UsageError(f"--from {path}: {error.strerror}", hint="name a readable text file") from None
    if len(data) > TEXT_MAX:  # its end would be lost
        raise Refused(f"{path} is longer than {TEXT_MAX >> 20} MiB", hint="give less of it", slug="size")
    return data.decode("utf-8-sig", "replace")
