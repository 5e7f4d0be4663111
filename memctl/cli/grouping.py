"""Verbs that have sub-verbs, such as `session list`."""

import typer

from memctl.cli.run import Run, verb


def group(does: str) -> typer.Typer:
    """The parser of a verb whose sub-verbs are added to it; `does` is its help. Alone it shows that help.

    Global options are taken before a sub-verb as well as after it.
    """
    app = typer.Typer(no_args_is_help=True, add_completion=False)

    def main(run: Run) -> None:
        """Nothing: the sub-verb inherits the options that were given before it."""

    app.callback(help=does)(verb(main))
    return app
