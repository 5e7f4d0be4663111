"""Settings on the terminal: list each with its origin, get one, set one in the user's own file."""

from typing import Annotated, Any

import typer

from memctl.cli.complete import setting_names
from memctl.cli.run import Run, verb
from memctl.errors import UsageError

app = typer.Typer(
    help="Show and change settings: your own config.toml and environment, never a repository's.",
    invoke_without_command=True,
    add_completion=False,
)

NameArgument = Annotated[str, typer.Argument(help="A setting.", autocompletion=setting_names)]


@app.callback()
@verb
def main(run: Run) -> None:
    """Show and change settings: your own config.toml and environment, never a repository's."""
    if run.sub_verb is None:
        _print_all(run)


def _names() -> list[str]:
    from memctl.settings import names

    return names()


@app.command("list")
@verb
def list_(run: Run) -> None:
    """Every setting, its value and where the value comes from."""
    _print_all(run)


def _print_all(run: Run) -> None:
    settings = run.settings()
    if run.out.json:
        values = {n: {"value": _plain(getattr(settings, n)), "origin": settings.origins[n]} for n in _names()}
        run.out.document({"settings": values, "unknown": list(settings.unknown)})
        return
    width = max(len(name) for name in _names())
    for name in _names():
        run.out.line(f"{name:<{width}}  {_text(getattr(settings, name))}  ({settings.origins[name]})")
    run.out.warn_all(f"{name} in config.toml is no setting; ignored" for name in settings.unknown)


@app.command("get")
@verb
def get(run: Run, name: NameArgument) -> None:
    """The value of one setting."""
    settings = run.settings()
    _known(name)
    value = getattr(settings, name)
    if run.out.json:
        run.out.document({"name": name, "value": _plain(value), "origin": settings.origins[name]})
    else:
        run.out.line(_text(value))


@app.command("set")
@verb
def set_(
    run: Run,
    name: NameArgument,
    value: Annotated[str, typer.Argument(help="Its value; an empty text removes it.")],
) -> None:
    """Write one setting to your own config.toml; comments and other keys stay."""
    from memctl.services.configure import write

    _known(name)
    if name == "approval":
        raise UsageError("approval is a table", hint="edit config.toml: `memctl config path` says where")
    run.out.line(write(name, value))


@app.command("path")
@verb
def path(run: Run) -> None:
    """The file that holds your settings."""
    from memctl.settings import config_file

    run.out.document({"path": config_file()}) if run.out.json else run.out.line(config_file())


def _known(name: str) -> None:
    if name not in _names():
        from memctl.store.memory.memories import near

        found = near(name, _names())
        raise UsageError(
            f"no such setting: {name}", hint=f"did you mean {', '.join(found)}?" if found else None
        )


def _plain(value: Any) -> Any:
    return dict(value) if hasattr(value, "items") else value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if hasattr(value, "items"):
        return ", ".join(f"{k} = {v}" for k, v in value.items()) or "-"
    return str(value) if value != "" else "-"
