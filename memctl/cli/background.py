"""`memctl hooks background`: what hooks start when a session is over, where the agent's CLI may be asked."""

import os
from typing import Annotated

import typer

from memctl.cli.run import Run, verb


@verb
def background(run: Run, agent: Annotated[str, typer.Argument(metavar="AGENT")]) -> None:
    """Have the agent's own model read the sessions that wait, and anticipate queries for new memories."""
    from memctl.hooks import environment
    from memctl.hooks.background import Background
    from memctl.llm.child import GUARD

    if os.environ.get(GUARD):
        return
    for folder in dict.fromkeys((os.getcwd(), run.place.root)):
        environment.clean_given(folder)
    run.repair()
    Background(run.place, run.settings(), agent).run()
