"""`forget --for-good` and `--secret`: what is meant, the question before it, and what was not reached."""

import sys
from typing import TYPE_CHECKING

import typer

from memctl.cli.assent import assure
from memctl.cli.output import counted
from memctl.cli.run import Run, read_text, stdin_is_piped
from memctl.domain.memory import stem
from memctl.errors import Refused, UsageError

if TYPE_CHECKING:
    from memctl.domain.erasure import Erased


def for_good(run: Run, names: list[str], *, secret: bool, yes: bool) -> None:
    """Erase memories, or with `secret` a value, wherever memctl keeps them. Raises Refused, NotFound."""
    from memctl.services.erase import elsewhere, subject

    _may(run)
    run.repair()
    actor = run.door.actor
    if secret:
        values = _values(run, names)
        if not values:
            run.out.result({"action": "unchanged", "left": []}, "no secret was found")
            return
        planned = subject.of_values(values, actor)
        _ask(run, f"{counted(len(values), 'value')} will be erased from every memory and version", yes)
        done = run.door.erase(lambda: subject.naming(run.directory, planned), now=run.now)
    else:
        if not names:
            raise UsageError("no memory is named", hint="memctl list shows them")
        files = subject.resolve(run.directory, names)
        _ask(run, f"{', '.join(map(stem, files))}: every version will be erased", yes)
        done = run.door.erase(lambda: subject.of_names(run.directory, files, actor), now=run.now)
    elsewhere.clear_editors(done.erasure)
    _tell(run, done, elsewhere.left(run.place, done.erasure))


def _may(run: Run) -> None:
    """An agent erases nothing for good unless the person's configuration lets it."""
    from memctl.agents.actor import PERSON

    if run.door.actor != PERSON and not run.settings().agents_erase:
        raise Refused(
            "what is erased for good cannot be brought back, so an agent may not",
            hint="run it in a terminal of your own, or set agents_erase = true in config.toml",
            slug="approval",
        )


def _ask(run: Run, what: str, yes: bool) -> None:
    if yes:
        return
    if not run.out.can_ask:
        raise Refused(f"{what}; this cannot be undone", hint="add --yes to do it", slug="approval")
    assure(f"{what}. This cannot be undone. Go on?", undone="nothing was erased")


def _values(run: Run, given: list[str]) -> list[str]:
    if len(given) > 1:
        raise UsageError("--secret takes one value", hint="quote it, or give it on stdin with -")
    if not given and not stdin_is_piped():
        return _guarded(run)
    if given == ["-"] and sys.stdin is not None and sys.stdin.isatty():
        text: str | None = typer.prompt("The value to erase", hide_input=True, err=True)
    else:
        text = read_text(given[0] if given else None, run.out, "value")
    value = (text or "").rstrip("\r\n")
    return [value] if value else _guarded(run)


def _guarded(run: Run) -> list[str]:
    """What the guard finds in any version; which rule and where is said, never the value."""
    from memctl.services.erase import subject

    found = subject.guarded(run.directory)
    for rule, files in found.values():
        shown = ", ".join(files[:5]) + (f" and {len(files) - 5} more" if len(files) > 5 else "")
        run.out.note(f"{rule} in {shown}")
    return list(found)


def _tell(run: Run, done: "Erased", left: list[str]) -> None:
    if run.out.json:
        also = list(done.went)
        run.out.document({"action": "erased", "files": list(done.erasure.names), "also": also, "left": left})
    else:
        for file in done.erasure.names:
            run.out.line(run.store.path(file))
        for words in done.went:
            run.out.note(f"{words} went with it")
    found = "" if left else ", and no other copy was found where memctl looks"
    run.out.note(
        f"erased for good; this cannot be undone{found}; a backup or a copy that you made still holds it"
    )
    run.out.warn_all(f"not erased: {sentence}" for sentence in left)
