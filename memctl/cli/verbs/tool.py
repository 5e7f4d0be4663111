"""Memory for other programs: one call of the memory tool from JSON, and the MCP server."""

from typing import Annotated

import typer

from memctl.cli.run import Run, here, read_text, verb
from memctl.errors import UsageError


@verb
def tool(
    run: Run,
    command: Annotated[
        str | None, typer.Argument(metavar="[JSON|-]", help='E.g. {"command": "view", "path": "/memories"}.')
    ] = None,
) -> None:
    """Execute one call of the memory tool: view, create, str_replace, insert, delete or rename."""
    import json

    from memctl.tools.memory_files import MemoryFiles

    text = read_text(command, run.out, "command")
    try:
        given = json.loads(text or "")
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"the command is no JSON: {error}", hint='e.g. {"command": "view", "path": "/memories"}'
        ) from None
    if not isinstance(given, dict):
        raise UsageError("the command is no JSON object")
    _distrust(run)
    run.repair()
    content = MemoryFiles(run.place).execute(given)
    if run.out.json:
        run.out.document({"content": content})
    else:
        run.out.block(content)


@verb
def mcp(run: Run) -> None:
    r"""Serve memory over MCP on stdin and stdout. Needs the extra: pip install 'memctl-cli\[mcp]'."""
    from memctl.tools.mcp import serve

    _distrust(run)
    run.repair()
    serve(run.place, run.settings())


def _distrust(run: Run) -> None:
    """Leave no place and no setting to the project whose settings may have started this for a model."""
    from memctl.hooks import environment

    run.disbelieve(environment.clean_server(run.started, here(), run.dir_flag))
