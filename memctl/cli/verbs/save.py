"""Verbs that write a memory: save, edit."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from memctl.cli import given
from memctl.cli.abbreviation import named
from memctl.cli.complete import memory_names
from memctl.cli.hints import carry
from memctl.cli.options import Type
from memctl.cli.run import Run, verb
from memctl.domain.memory import DEFAULT_TYPE
from memctl.errors import Cancelled, Refused
from memctl.text.escape import shell_word

if TYPE_CHECKING:
    from memctl.cli.editor import Kept
    from memctl.domain.change import Change
    from memctl.domain.memory import Memory
    from memctl.services.write.door import Examined
    from memctl.services.write.draft import Draft
    from memctl.services.write.request import Request
    from memctl.store.memory.listing import Listing


_KINDS = (
    "user (who the person is), feedback (how to work), project (what holds here), reference (where something"
    f" is); default: {DEFAULT_TYPE}."
)
NameOption = Annotated[
    str | None, typer.Option(metavar="NAME", help="File name without .md; else made from the text.")
]
DescriptionOption = Annotated[
    str | None, typer.Option("--description", "-d", help="One line: what a selector sees.")
]
TypeOption = Annotated[
    Type | None,
    typer.Option("--type", "-t", metavar="TYPE", help=_KINDS),
]
FileOption = Annotated[
    str | None, typer.Option("--file", "-F", metavar="FILE", help="Read the text from this file.")
]
ExpiresOption = Annotated[
    str | None, typer.Option("--expires", metavar="DATE", help="2026-12-31, or 30d, 6w, 3m, 1y.")
]
WhenOption = Annotated[
    list[str] | None,
    typer.Option("--when", metavar="PROMPT", help="A prompt in which it would help; may be repeated."),
]
SupersedesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--supersedes",
        metavar="NAME",
        help="The memory this one replaces; may be repeated.",
        autocompletion=memory_names,
    ),
]
NarrowsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--narrows",
        metavar="NAME",
        help="The memory this one is an exception to; each gets a link to the other. May be repeated.",
        autocompletion=memory_names,
    ),
]
EvidenceOption = Annotated[
    list[str] | None,
    typer.Option(
        "--evidence",
        metavar="FILE[:LINES]",
        help="What it rests on: a file of this project, or lines of it (main.py:3-9). May be repeated.",
    ),
]
PinOption = Annotated[
    bool | None, typer.Option("--pin/--no-pin", help="First in MEMORY.md, in lists and in a session.")
]
UpdateOption = Annotated[bool, typer.Option("--update", "-u", help="Replace an existing memory's text.")]
IfMatchOption = Annotated[
    str | None, typer.Option("--if-match", metavar="FINGERPRINT", help="Update only if it is still this.")
]
ForceOption = Annotated[bool, typer.Option("--force", "-f", help="Save although nearly the same exists.")]
AllowSecretOption = Annotated[
    list[str] | None, typer.Option("--allow-secret", metavar="RULE", help="Let this secret rule pass.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and stop.")]


@verb
def save(
    run: Run,
    text: Annotated[str | None, typer.Argument(metavar="[TEXT|-]", help="The memory; - reads stdin.")] = None,
    name: NameOption = None,
    description: DescriptionOption = None,
    type_: TypeOption = None,
    file: FileOption = None,
    expires: ExpiresOption = None,
    when: WhenOption = None,
    supersedes: SupersedesOption = None,
    narrows: NarrowsOption = None,
    pin: PinOption = None,
    evidence: EvidenceOption = None,
    update: UpdateOption = False,
    if_match: IfMatchOption = None,
    force: ForceOption = False,
    allow_secret: AllowSecretOption = None,
    dry_run: DryRunOption = False,
) -> None:
    """Write one memory: the text as argument, from -, a pipe, --file, or an editor on a terminal."""
    from memctl.services.write import draft as service
    from memctl.services.write.request import Request

    asked = given.prompts(when or ())
    words, kept = given.text(run, text, file, name, update or if_match is not None, description)
    request = Request(
        text=words, name=name, description=description, type=type_.value if type_ else None,
        expires=expires, supersedes=supersedes or (), narrows=narrows or (), pin=pin, if_match=if_match,
        update=update, force=force, now=run.now, origin=run.door.origin, is_file=file is not None,
        evidence=given.rests_on(run, evidence or ()),
    )  # fmt: skip
    with _kept_unless_done(run, kept):
        drafted = _answered(run, request, service.draft(run.store, request), dry_run=dry_run)
        finish(run, drafted, allow_secret, dry_run=dry_run, asked=asked)


@contextmanager
def _kept_unless_done(run: Run, kept: "Kept | None") -> Iterator[None]:
    """What is done with the text of an editor: its copy goes once that is done, and stays where it fails."""
    try:
        yield
    except BaseException:
        if kept is not None:
            run.out.warn(f"your text is kept in {kept.keep()}")
        raise
    if kept is not None:
        kept.remove()


def _answered(run: Run, request: "Request", draft: "Draft", *, dry_run: bool) -> "Draft":
    """`draft`, once a person on a terminal has said how it stands to what it seems to replace. Raises
    Cancelled."""
    told = request.supersedes or request.narrows or request.force or dry_run
    open_ = [one for one in draft.related if one.asks]
    if told or not open_ or draft.change is None or not run.out.can_ask:
        return draft
    from dataclasses import replace

    from memctl.cli.related import ask
    from memctl.services.write import draft as service

    answer = ask(run, request.text or "", open_[0])
    if answer == "cancel":
        raise Cancelled("nothing was saved")
    name = open_[0].name
    if answer == "beside":
        return replace(draft, related=())
    if answer == "replace":
        request = replace(request, supersedes=[name])
    else:
        request = replace(request, narrows=[name])
    return replace(service.draft(run.store, request), related=())


def finish(
    run: Run, draft: "Draft", allow_secret: list[str] | None, *, dry_run: bool, asked: Sequence[str] = ()
) -> None:
    """Write what was drafted (unless `dry_run`), keep the prompts that were asked, say what was done."""
    from memctl.cli.related import note
    from memctl.cli.write import undo_words, write

    applied, warnings = None, list(draft.warnings)
    if draft.change is None:
        memory = run.store.read(draft.file)
    else:
        examined = _examined(run, draft.change, allow_secret or [], draft.listing)
        memory = examined.memories[draft.file]
        warnings = [*examined.warnings, *warnings]
        if not dry_run:
            applied = write(run, examined)
            warnings += applied.warnings
    queries = _anticipated(run, memory, asked, dry_run=dry_run)
    _print(run, draft, memory, warnings, queries, dry_run=dry_run, undo=undo_words(applied))
    run.out.warn_all(warnings)
    note(run, memory.stem, draft.related, dry_run=dry_run)


def _anticipated(run: Run, memory: "Memory", asked: Sequence[str], *, dry_run: bool) -> list[str]:
    """The anticipated queries of `memory`, with those that were just given. A save stands without them."""
    from memctl.services.recall.queries import KEPT_MAX, KeptQueries

    kept = KeptQueries(run.directory)
    if asked and not dry_run:
        try:
            kept.put({kept.key(memory): asked}, given=True)
        except OSError as error:
            run.out.warn(f"the prompts of --when could not be kept: {error.strerror or error}")
        else:
            found = {query.casefold() for query in kept.of(memory)}
            lost = len({query.casefold() for query in asked} - found)
            if lost:
                run.out.warn(f"{lost} of the prompts of --when are left out: {KEPT_MAX} are kept at most")
    elif asked:
        return list(dict.fromkeys([*asked, *kept.of(memory)]))
    return kept.of(memory)


def _examined(run: Run, change: "Change", allow_secret: list[str], listing: "Listing | None") -> "Examined":
    """`change`, examined. A person is told how a secret is let pass, an agent is not. Raises Refused."""
    try:
        return run.door.examine(change, now=run.now, allow_secret=allow_secret, listing=listing)
    except Refused as error:
        if error.slug == "secret" and run.door.origin == "person":
            error.hint = f"{error.hint}; --allow-secret {error.rule} lets it pass"
        raise


def _print(
    run: Run,
    draft: "Draft",
    memory: "Memory",
    warnings: list[str],
    queries: list[str],
    *,
    dry_run: bool,
    undo: str,
) -> None:
    """What was done, in one line; through a pipe that is a note, and stdout has the path."""
    action = draft.action
    if run.out.json:
        from memctl.cli.related import objects
        from memctl.cli.show.documents import memory_object

        shown = memory_object(run, memory, anticipated=queries)
        shown["warnings"] = [*shown["warnings"], *warnings]
        document = {"action": action, "dry_run": dry_run, "memory": shown, "warnings": warnings}
        run.out.document({**document, "related": objects(draft.related)})
    elif dry_run:
        run.out.block(memory.raw.decode("utf-8", "replace"))
        run.out.note(f"would be {action}: {run.store.path(memory.file)}")
    else:
        said = f"{action} {memory.stem} ({memory.type or 'no type'}){_said_of(draft)}"
        said += f"; {undo}" if undo and not run.out.quiet else ""
        if run.out.on_terminal:
            run.out.sentence(carry(said))
        else:
            run.out.line(run.store.path(memory.file))
            run.out.note(said)


def _said_of(draft: "Draft") -> str:
    """What it was just said to be to other memories."""
    said = (("which replaces", draft.replaced), ("an exception to", draft.narrowed))
    return "".join(f", {how} {', '.join(map(shell_word, names))}" for how, names in said if names)


@verb
def edit(
    run: Run,
    name: Annotated[str, typer.Argument(help="The memory to edit.", autocompletion=memory_names)],
    allow_secret: AllowSecretOption = None,
) -> None:
    """Open a memory in $VISUAL or $EDITOR; what is saved there goes through the guard and the history."""
    from memctl.cli.editor import edit_bytes
    from memctl.cli.soundness import sound
    from memctl.services.write import edit as service

    memory = named(run, name)
    edited, kept = edit_bytes(memory.raw, memory.file.rsplit("/", 1)[-1])
    with _kept_unless_done(run, kept):
        if edited != memory.raw:
            edited = sound(run, edited, kept, lambda text: service.damage(memory, text, run.now))
        finish(run, _edited(run, memory, edited), allow_secret, dry_run=False)


def _edited(run: Run, memory: "Memory", edited: bytes) -> "Draft":
    """What the edit means; asked about where it now seems to replace another memory. Raises Cancelled."""
    from memctl.cli.related import ask
    from memctl.services.write import edit as service

    def drafted(**named: "Memory") -> "Draft":
        return service.draft(memory, edited, run.now, run.door.origin, store=run.store, **named)

    draft = drafted()
    open_ = [one for one in draft.related if one.asks]
    if not open_ or not run.out.can_ask:
        return draft
    answer = ask(run, edited.decode("utf-8", "replace"), open_[0])
    if answer == "cancel":
        raise Cancelled("nothing was saved")
    if answer == "replace":
        return drafted(old=open_[0].memory)
    return drafted(general=open_[0].memory) if answer == "narrow" else draft
