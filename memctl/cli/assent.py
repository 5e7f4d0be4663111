"""A question that a person answers with yes or no: one way to ask it, and one meaning of no."""

import typer

from memctl.errors import Cancelled


def assure(question: str, *, default: bool = False, undone: str = "nothing was changed") -> None:
    """Ask on stderr, and return where the answer is yes; Enter alone is `default`.

    Raises Cancelled, which says what is `undone`, for a no and for the end of the input; Ctrl-C is the
    parser's Abort, exit 130.
    """
    try:
        agrees = typer.confirm(question, default=default, err=True)
    except typer.Abort as error:
        if not isinstance(error.__context__, EOFError):
            raise
        typer.echo(err=True)
        agrees = False
    if not agrees:
        raise Cancelled(undone)
