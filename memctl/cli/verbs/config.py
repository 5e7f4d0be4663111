"""Settings on the terminal: list each with its origin, get one, set one in the user's own file."""

from collections.abc import Mapping
from typing import Annotated

import typer

from memctl.cli.complete import setting_names
from memctl.cli.output import word
from memctl.cli.run import Run, verb
from memctl.errors import UsageError

app = typer.Typer(invoke_without_command=True, add_completion=False)

NameArgument = Annotated[str, typer.Argument(help="A setting.", autocompletion=setting_names)]


@app.callback()
@verb
def main(run: Run) -> None:
    """Show and change settings: your own config.toml and environment, never a repository's."""
    if run.sub_verb is None:
        _print_all(run)


@app.command("list")
@verb
def list_(run: Run) -> None:
    """List every setting, its value and where the value comes from."""
    _print_all(run)


def _print_all(run: Run) -> None:
    settings = run.settings()
    found = {name: (getattr(settings, name), origin) for name, origin in settings.origins.items()}
    if run.out.json:
        values = {name: {"value": _plain(value), "origin": origin} for name, (value, origin) in found.items()}
        run.out.document({"settings": values, "unknown": list(settings.unknown)})
        return
    if run.out.on_terminal:
        from memctl.cli.show.tables import settings_table

        settings_table(run.out, settings)
    else:
        width = max(len(name) for name in found)
        for name, (value, origin) in found.items():
            run.out.line(f"{name:<{width}}  {word(value)}  ({origin})")
    run.out.warn_all(f"{name} in config.toml is no setting; ignored" for name in settings.unknown)


@app.command("get")
@verb
def get(run: Run, name: NameArgument) -> None:
    """Print the value of one setting."""
    settings = run.settings()
    _known(name)
    value = getattr(settings, name)
    document = {"name": name, "value": _plain(value), "origin": settings.origins[name]}
    run.out.result(document, word(value))


@app.command("set")
@verb
def set_(
    run: Run,
    name: NameArgument,
    value: Annotated[str, typer.Argument(help="Its value; an empty text brings the default back.")],
) -> None:
    """Write one setting to your own config.toml; comments and other keys stay."""
    from memctl.services.configure import write

    _known(name)
    if name == "approval":
        raise UsageError("approval is a table", hint="edit config.toml: `memctl config path` says where")
    if name == "own_model":
        from memctl import pairs
        from memctl.services import consent

        for agent in pairs.read(value):
            consent.check(agent)
    run.out.line(write(name, value))
    run.out.note(f"set {name} = {word(value)}" if value else f"{name} has its default again")
    _say_lacking(run, name)


def _say_lacking(run: Run, name: str) -> None:
    """That a setting does nothing yet, because the extra that it is about is not installed."""
    from memctl.services.configure import lacking

    extra = lacking(name, run.settings())
    if extra:
        how = f"pip install 'memctl-cli[{extra}]'"
        run.out.warn(f"{name} does nothing yet: the extra [{extra}] is not installed: {how}")


@app.command("own-model")
@verb
def own_model(
    run: Run,
    agent: Annotated[str, typer.Argument(metavar="AGENT", help="An agent that memctl can be wired into.")],
    allow: Annotated[
        bool | None, typer.Option("--yes/--no", help="The answer, instead of asking on a terminal.")
    ] = None,
) -> None:
    """Whether an agent's own CLI, with your login, may propose memories: asked on a terminal, else shown."""
    from memctl.agents import table
    from memctl.cli import asking
    from memctl.services import consent

    found = table.find(agent)
    name = found.name if found else agent
    consent.check(name)
    asking.own_model(run, name, allow, may_ask=True, again=True)
    state = consent.state(name, run.settings())
    run.out.result({"agent": name, **state}, f"{name}  {'allowed' if state['allowed'] else 'not allowed'}")
    asking.stands(run, name)


@app.command("path")
@verb
def path(run: Run) -> None:
    """Print the path of the file that holds your settings."""
    from memctl.settings import config_file

    run.out.result({"path": config_file()}, config_file())


def _known(name: str) -> None:
    from memctl.settings import names

    if name not in names():
        from memctl.store.memory.memories import near

        found = near(name, names())
        raise UsageError(
            f"no such setting: {name}", hint=f"did you mean {', '.join(found)}?" if found else None
        )


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else value
