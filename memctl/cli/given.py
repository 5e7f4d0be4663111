"""What `save` is given: the text from wherever it comes, prompts, evidence."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from memctl.cli.run import TEXT_MAX, Run, read_text
from memctl.errors import UsageError

if TYPE_CHECKING:
    from memctl.cli.editor import Kept


def _template(name: str | None, description: str | None) -> str:
    """What the editor opens with: the header to fill in, and room for the text below it."""
    about = f"name: {name or ''}\ndescription: {description or ''}\nmetadata:\n  type: project\n"
    return f"---\n{_COMMENT}{about}---\n\n"


_COMMENT = "# The text goes below the second ---; a name or description left empty is made from it.\n"


def _filled(edited: bytes) -> bytes:
    """What the editor left, with a description made from the text where the template's stayed empty, and
    without the template's comment."""
    from memctl.format import topic
    from memctl.text.naming import make_description

    plain = edited.replace(_COMMENT.encode(), b"", 1)
    left = topic.decode(plain, "")
    if "description" not in left.header or left.description or not left.body.strip():
        return plain
    return topic.rewrite(left, description=make_description(left.body))


def prompts(when: Sequence[str]) -> list[str]:
    """The prompts of `--when`, in order. Raises UsageError for an empty one, Refused for a secret in one."""
    from memctl.services.recall.sifting import checked

    if any(not prompt.strip() for prompt in when):
        raise UsageError("--when was given without a prompt", hint="say when the memory would help")
    return checked(when)


def rests_on(run: Run, named: Sequence[str]) -> list[str]:
    """The entries of evidence for the files that are named. Raises UsageError, Refused."""
    if not named:
        return []
    from memctl.services.evidence import citation

    found = citation.entries(named, run.worktree)
    for path in citation.unkept(found, run.worktree):
        run.out.note(
            f"{path} is not committed as it is: until then any change of the file counts, not of its lines"
        )
    return found


def text(
    run: Run, text: str | None, file: str | None, name: str | None, updates: bool, description: str | None
) -> tuple[str | None, "Kept | None"]:
    """The memory's text from wherever it was given; an editor only where a person sits at a terminal.

    The second value is the editor's copy, which stays until the text has arrived.
    """
    if file is not None:
        if text is not None:
            raise UsageError("a text and --file were both given", hint="give one of them")
        return _read_file(file), None
    given = read_text(text, run.out)
    if given is not None or updates:
        return given, None
    import sys

    if sys.stdin is None or not sys.stdin.isatty() or not sys.stderr.isatty():
        return None, None
    from memctl.cli.editor import edit_bytes
    from memctl.cli.soundness import sound
    from memctl.services.write.edit import damage_of_new

    template = _template(name, description).encode()
    edited, kept = edit_bytes(template, "memory.md")
    if edited != template:
        edited = sound(run, edited, kept, lambda text: damage_of_new(_filled(text)))
        return _filled(edited).decode("utf-8", "replace"), kept
    kept.remove()
    return None, None


def _read_file(path: str) -> str:
    try:
        with open(path, "rb") as handle:
            data = handle.read(TEXT_MAX)  # far more than the guard lets through
    except OSError as error:
        raise UsageError(f"--file {path}: {error.strerror}", hint="name a readable text file") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path}, line {line}: is not valid UTF-8", hint="convert it first") from None
