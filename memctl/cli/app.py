"""The verbs, and the one place where every failure becomes a message and an exit code.

A verb's module is imported only when that verb is called: the table below is all that the others cost.
"""

import os
import sys
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from memctl.cli import hints, wording
from memctl.cli.options import take, with_options
from memctl.cli.output import json_text, say
from memctl.cli.run import ClosedPipe
from memctl.errors import MemctlError, UsageError

PANELS = {
    "Memories": "init path save list show edit=save mv=arrange cp=copy forget=arrange restore=arrange index"
    " tier pin=tier unpin=tier",
    "Finding": "recall why enrich search context",
    "From sessions": "extract review transcripts session handoff skillify verify",
    "History": "log=history diff=history undo=history redo=history backup",
    "Agents": "hooks",
    "Upkeep": "dream conflicts compress report doctor project config stats eval",
    "Called by programs": "hook=hooks tool mcp=tool",
}
"""Heading of the help -> its verbs, with `=` and the module of cli.verbs where that has another name."""

VERBS = {
    verb: (module or verb, panel)
    for panel, verbs in PANELS.items()
    for verb, _, module in (item.partition("=") for item in verbs.split())
}
"""Verb -> its module, and its heading."""

_ONE_TEXT = {"recall": "query", "why": "query", "search": "pattern", "save": "text"}
"""Verbs that take one text, of which people forget the quotes."""

OTHER_WORDS = {
    word: verb
    for verb, words in {
        "save": "add create new remember store write",
        "forget": "rm delete del remove unlink",
        "mv": "rename move",
        "list": "ls",
        "show": "cat view print",
        "search": "grep find rg",
        "log": "history",
        "doctor": "check",
        "import": "load",
    }.items()
    for word in words.split()
}
"""What other tools call a verb -> the verb: one word for a thing, and nobody has to guess it."""

HELP = "help"
"""`memctl help VERB` is `memctl VERB --help`, as in git."""


class Verbs(TyperGroup):
    """A group that imports a verb's module when the verb is asked for.

    `Any` stands for the parser's contexts and commands, whose module changes with the version of typer.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """Every verb, in the order of the table."""
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command for `cmd_name`, or None when there is no such verb."""
        return load(cmd_name) if cmd_name in VERBS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """As the parser's own, which knows only loaded verbs; `help` and what does not exist lead to one."""
        if args and args[0] not in VERBS and not args[0].startswith("-") and not ctx.resilient_parsing:
            word, rest = args[0], args[1:]
            if word == HELP:
                return super().resolve_command(ctx, _helped(ctx, rest))
            hints.given(ctx.params.get("chdir"), ctx.params.get("dir_"))
            raise UsageError(f"no such verb: {word}", hint=_instead(word, rest))
        return super().resolve_command(ctx, args)


def _helped(ctx: Any, asked: list[str]) -> list[str]:
    """The words for which the parser shows the help of what is `asked`; that of memctl is shown here."""
    if not asked or asked[0].startswith("-"):
        sys.stdout.write(ctx.get_help() + "\n")
        raise typer.Exit
    verb = OTHER_WORDS.get(asked[0], asked[0])
    if verb not in VERBS:
        raise UsageError(f"no such verb: {verb}", hint=_instead(verb, []))
    return [verb, *asked[1:], "--help"]


def _instead(word: str, rest: list[str]) -> str:
    """What to type for `word REST`, which is no verb."""
    import shlex

    from memctl.store.memory.memories import near

    verb = OTHER_WORDS.get(word)
    if verb in VERBS:
        return shlex.join(["memctl", verb, *rest])
    found = near(word, VERBS)
    return f"did you mean {', '.join(found)}?" if found else "`memctl --help` shows them all"


def load(name: str) -> Any:
    """The command of a verb: its module's function `name` or `name_`, or its `app` of sub-verbs."""
    module_name, panel = VERBS[name]
    module = vars(import_module(f"memctl.cli.verbs.{module_name}"))
    found = module.get(name) or module.get(name + "_") or module["app"]
    if not isinstance(found, typer.Typer):
        function, found = found, typer.Typer(add_completion=False)
        found.command(name)(function)
    command = typer.main.get_command(found)
    command.name = name
    wording.settle(command)
    command.__dict__["rich_help_panel"] = panel
    guarded = [option for option in command.params if option.name == "allow_secret"]
    if guarded:
        from memctl.agents.actor import PERSON, actor

        for option in guarded:  # no model is told what lets a secret pass
            option.__dict__["hidden"] = option.__dict__["hidden"] or actor() != PERSON
    return command


app = typer.Typer(
    cls=Verbs,
    add_completion=True,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="`memctl help VERB`, or `memctl VERB --help`, shows what a verb takes.",
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from memctl import __version__

        sys.stdout.write(f"memctl {__version__}\n")
        raise typer.Exit


def main(
    ctx: typer.Context,
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version."
    ),
    **given: Any,
) -> None:
    """Memory for coding agents that outlives the session: plain Markdown files, recalled when they fit."""
    ctx.obj = take(given)


app.callback()(with_options(main, main))


def run(arguments: list[str] | None = None) -> int:
    """Run memctl with `arguments` (default: the process's own); returns the contract's exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in arguments
    hints.begin(VERBS)
    try:
        code = app(arguments, prog_name="memctl", standalone_mode=False)
        sys.stdout.flush()
    except MemctlError as error:
        code = report(error.code, error.slug, error.message, error.hint, as_json)
    except (BrokenPipeError, ClosedPipe):
        code = 0
        _silence()
    except SystemExit as leaving:  # the parser's own: a closed pipe under a help text, or a completion
        code = leaving.code if "_MEMCTL_COMPLETE" in os.environ else 0
        _silence()
    except KeyboardInterrupt:
        code = 130
    except OSError as error:
        code = _system_failure(error, as_json)
    except Exception as error:  # noqa: BLE001 - the parser's errors have no public base class
        code = _other_failure(error, as_json)
    return code if isinstance(code, int) else 0


def report(code: int, slug: str, message: str, hint: str | None, as_json: bool) -> int:
    """Say what went wrong on stderr, as a sentence or as the contract's JSON; returns the exit code."""
    message, hint = _without_secrets(message), hints.carry(hint or "") or None
    if as_json:
        error = {"code": code, "slug": slug, "message": message, "hint": hint}
        say(json_text({"error": error}, indent=None), painted=True)
        return code
    say(f"memctl: error: {message}")
    if hint:
        say(f"  hint: {hint}")
    return code


def _system_failure(error: OSError, as_json: bool) -> int:
    where = f"{error.filename}: " if error.filename else ""
    return report(1, "io", f"{where}{error.strerror or error}", None, as_json)


def _other_failure(error: Exception, as_json: bool) -> int:
    """Errors of the command-line parser, which has no public class to name, and defects of memctl."""
    if type(error).__name__ == "Abort":
        return 130
    if type(error).__name__ == "NoArgsIsHelpError":
        return 0  # no verb was given, and the help stands on stdout already
    format_message = getattr(error, "format_message", None)
    if format_message is not None:
        context = getattr(error, "ctx", None)
        path = context.command_path if context is not None else ""
        if path in ("", "memctl"):  # a missing value is found before the verb is
            verb = next((word for word in sys.argv[1:] if word in VERBS), "")
            path = f"memctl {verb}".strip()
        message = str(format_message())
        return report(2, "usage", message, _usage_hint(path, message), as_json)
    if os.environ.get("MEMCTL_TRACEBACK"):
        raise error
    message = f"a defect of memctl: {type(error).__name__}: {error}"
    return report(1, "defect", message, "MEMCTL_TRACEBACK=1 shows where; please report it", as_json)


def _without_secrets(message: str) -> str:
    """An error repeats the argument that it is about, and a person may have pasted a key there."""
    try:
        from memctl.services.guard import redact

        return redact(message)
    except Exception:  # noqa: BLE001 - an error must be reported whatever else is broken
        return message


def _usage_hint(path: str, message: str) -> str:
    if "unexpected extra argument" in message and path.split()[-1] in _ONE_TEXT:
        return f'put the whole {_ONE_TEXT[path.split()[-1]]} in quotes: {path} "..."'
    return f"`{path} --help` shows what it takes"


def _silence() -> None:
    """After a closed pipe: let the interpreter's own flush at exit go nowhere."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        pass
