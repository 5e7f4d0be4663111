"""Names that are given to new files: slugs, so that a line of a list is a word of the next command."""

from memctl.errors import UsageError
from memctl.text import naming
from memctl.text.escape import escape, shell_word


def refuse_blanks(name: str) -> str:
    """`name` for a file that is not there yet; older files keep the names they have. Raises UsageError, with
    the slug as hint, where it holds blanks."""
    inner = name.removesuffix(".md")
    if " " not in inner:
        return name
    slug = naming.slug(inner)
    hint = f"call it {shell_word(slug)}" if slug else "join its words with '-'"
    raise UsageError(f"the name '{escape(inner[:80])}' holds blanks", hint=hint)
