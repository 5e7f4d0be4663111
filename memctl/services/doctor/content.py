"""Checks of what the texts say: the guard's, over every file as it stands, whoever wrote it."""

from collections.abc import Iterator

from memctl.domain.finding import Finding
from memctl.domain.memory import INDEX, stem
from memctl.format.caption import says_nothing
from memctl.services.doctor.chart import Chart, check_text
from memctl.services.doctor.view import View
from memctl.services.guard import secrets
from memctl.text import naming
from memctl.text.escape import escape, shell_word

NAMED = 50
"""Memories that one finding names; the figure says how many there are."""


def check(view: View) -> Iterator[Finding]:
    """Secrets, smuggled characters, wording and descriptions, with lines of the file."""
    yield from _names(view)
    if view.index is not None:
        yield from check_text(view.index.encode("utf-8", "surrogateescape"), "index", INDEX)
    for chart in view.charts:
        yield from chart.said
    yield from _descriptions(view)


def _names(view: View) -> Iterator[Finding]:
    """Secrets in the names of files, also of those that cannot be read; they are shown redacted."""
    files = [memory.file for memory in view.charts] + [file for file, _ in view.problems]
    if not secrets.find("\n".join(files)):
        return  # one look at all of them, since there may be thousands and it is nearly always the answer
    for file in files:
        for secret in secrets.find(file):
            message = f"the name of the file holds a secret: {secret.about}"
            repair = "rename the file in its folder, and change the secret where it is used"
            yield Finding(f"secret.{secret.rule}", "error", message, file, None, repair)


def _descriptions(view: View) -> Iterator[Finding]:
    """What keeps a memory from being found; equal descriptions are told once, at the later file."""
    first: dict[str, str] = {}
    silent = [m for m in view.charts if says_nothing(m.description, m.stem)]
    yield from _silent(silent)
    left_out = {memory.file for memory in silent}
    for memory in view.charts:
        if memory.file in left_out:
            continue
        folded = " ".join(memory.description.casefold().split())
        other = first.setdefault(folded, memory.file)
        others = [(other, memory.description)] if other != memory.file and folded else []
        for sentence in naming.check(memory.description, others):
            message = f"{escape(memory.file)}: {escape(sentence)}"
            repair = f"memctl edit {shell_word(stem(memory.file))}, or memctl save --update --description"
            line = memory.line("description")
            yield Finding("description.poor", "warning", message, memory.file, line, repair)


def _silent(memories: list[Chart]) -> Iterator[Finding]:
    """The descriptions that are missing or say nothing, in one finding."""
    if memories:
        names = [memory.stem for memory in memories]
        one = len(names) == 1
        said = "1 description is" if one else f"{len(names)} descriptions are"
        message = f"{said} missing or say{'s' if one else ''} nothing"
        named = ", ".join(escape(name) for name in names[:NAMED])
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        again = " ".join(shell_word(name) for name in names[:NAMED])
        repair = f"memctl enrich --again {again} proposes better ones; or memctl edit"
        # an older check told the empty and vague ones; what only repeats the name is good to know
        grave = any(naming.check(memory.description, ()) for memory in memories)
        yield Finding(
            "description.silent",
            "warning" if grave else "note",
            f"{message}: {named}{more}",
            None,
            None,
            repair,
        )
