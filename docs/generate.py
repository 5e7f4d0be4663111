"""Write the parts of the documentation that follow from the code; `--check` only compares.

python docs/generate.py           writes reference/{cli,settings,exit-codes}.md, the tables of agents in
                                  reference/hooks.md, the session and the pictures
python docs/generate.py --check   exits 1 and names the files that are not current
"""

import inspect
import io
import re
import sys
from pathlib import Path
from typing import Any

import typer
from session import Sandbox, session

from memctl import errors, settings
from memctl.agents import table
from memctl.cli.app import VERBS, load
from memctl.cli.options import PANEL
from memctl.domain import skill_file

HERE = Path(__file__).parent
NOTE = "<!-- Made by docs/generate.py from the code; edit there. -->\n"


def main() -> int:
    """Write or compare every generated page; returns the exit code."""
    check = "--check" in sys.argv[1:]
    stale = []
    for name, text in pages().items():
        file = HERE / name if name != "README.md" else HERE.parent / name
        if check and (
            not file.exists() or shown(file.read_text(encoding="utf-8"), name) != shown(text, name)
        ):
            stale.append(name)
        elif not check:
            file.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"{name} is not current: run python docs/generate.py")
    return 1 if stale else 0


def pages() -> dict[str, str]:
    """File name below docs/ -> text."""
    return {
        "reference/cli.md": cli_page(),
        "reference/settings.md": settings_page(),
        "reference/exit-codes.md": exit_codes_page(),
        "reference/hooks.md": hooks_page(),
        "README.md": readme(),
        **{f"pictures/{name}-80.svg": picture(name, command, 80) for name, command in PICTURES.items()},
    }


def shown(text: str, name: str) -> str:
    """What of a page counts: of a picture its words, since each version of rich draws them differently."""
    return (
        re.sub(r"<style>.*?</style>|<[^>]*>|\s+", "", text, flags=re.DOTALL)
        if name.endswith(".svg")
        else text
    )


def hooks_page() -> str:
    """The page on hooks with its tables of agents made anew."""
    text = (HERE / "reference/hooks.md").read_text(encoding="utf-8")
    for name, rows in {"events": event_rows(), "settings": settings_rows(), "lessons": lesson_rows()}.items():
        begin, end = text.index("-->\n", text.index(f"<!-- {name}:")) + 4, text.index(f"<!-- /{name} -->")
        text = text[:begin] + "".join(f"| {' | '.join(row)} |\n" for row in rows) + text[end:]
    return text


def event_rows() -> list[list[str]]:
    """Which event of each agent is which moment, and where the answer puts its text."""
    head = ["agent", "name", "starts", "prompts", "turns", "before a compaction", "ends", "text goes into"]
    rows = [head, ["---"] * len(head)]
    for agent in table.hooked():
        dialect = agent.dialect()
        answer: Any = dialect.envelope(dialect.events[0][0], "text")
        path = []
        while answer != "text":
            key = next(key for key in answer if isinstance(answer[key], dict | list) or answer[key] == "text")
            is_list = isinstance(answer[key], list)
            path.append(key + "[]" * is_list)
            answer = answer[key][0] if is_list else answer[key]
        moments = [
            ", ".join(f"`{event}`" for event, action in dialect.events if action == moment) or "-"
            for moment in ("start", "prompt", "turn", "compact", "end" if dialect.ends else "")
        ]
        into = f"`{'.'.join(path)}`" + (", read by memctl's plugin" if dialect.plugin else "")
        rows.append([agent.title, f"`{agent.name}`", *moments, into])
    return rows


def settings_rows() -> list[list[str]]:
    """What memctl is written into for each agent."""
    rows = [["agent", "user", "`--project`"], ["---"] * 3]
    for agent in table.hooked():
        dialect = agent.dialect()
        variable, folder = dialect.base
        user = f"`~/{folder}/{dialect.user_file}`" + (f" (`{variable}`)" if variable else "")
        rows.append([f"`{agent.name}`", user, f"`{dialect.project_file}`"])
    return rows


def lesson_rows() -> list[list[str]]:
    """Where the skill and the paragraph of each agent stand."""
    rows = [["agent", "skill", "`--project`", "paragraph", "`--project`"], ["---"] * 5]
    for agent in table.hooked():
        dialect = agent.dialect()
        _, below, rest = agent.own_skills
        user = f"`~/{dialect.base[1]}/{dialect.user_instructions}`" if dialect.user_instructions else "-"
        skill = f"memctl/{skill_file.FILE}`"
        own = f"`~/{below}/{rest}/{skill}"
        rows.append(
            [f"`{agent.name}`", own, f"`{agent.skills}/{skill}", user, f"`{dialect.project_instructions}`"]
        )
    return rows


def readme() -> str:
    """The README with its session run anew."""
    text = (HERE.parent / "README.md").read_text(encoding="utf-8")
    begin, end = text.index("```console\n") + len("```console\n"), text.index("```\n<!-- /session -->")
    return text[:begin] + session() + text[end:]


PICTURES = {"list": "memctl list", "recall": 'memctl recall "can we ship this on friday?"'}
"""The pictures of the README, and the commands that they show."""


def picture(name: str, command: str, columns: int) -> str:
    """A real run on the example memories, drawn by rich: as on the day of EXAMPLES, in a time that stands for
    any. What it would load from elsewhere (a font) is left out."""
    from rich.console import Console
    from rich.text import Text

    with Sandbox() as sandbox:
        sandbox.env["MEMCTL_DIR"] = str(sandbox.examples())
        printed = re.sub(r"\b\d+ ms\b", "12 ms", sandbox.on_terminal(command, columns))
    console = Console(record=True, width=columns, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(f"$ {command}\n{printed}"), end="")
    drawn = console.export_svg(title=f"{columns} columns", unique_id=name)
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)


def cli_page() -> str:
    """Every verb with its arguments and options."""
    parts = [NOTE, "# Verbs\n", "Global options stand before or after any verb:\n"]
    first = load("list")
    parts += [option_line(p) for p in first.params if getattr(p, "rich_help_panel", "") == PANEL]
    for verb in VERBS:
        command = load(verb)
        parts += verb_section(f"memctl {verb}", command)
        for name, sub in getattr(command, "commands", {}).items():
            if sub.hidden:
                continue
            parts += verb_section(f"memctl {verb} {name}", sub)
    return "\n".join(parts) + "\n"


def verb_section(title: str, command: Any) -> list[str]:
    """One verb: what it does, then a line for each parameter of its own."""
    own = [p for p in command.params if getattr(p, "rich_help_panel", "") != PANEL and p.name != "help"]
    usage = [title, *(placeholder(p) for p in own if p.param_type_name == "argument")]
    if getattr(command, "commands", None):
        usage.append("[COMMAND]" if command.invoke_without_command else "COMMAND")
    lines = [f"\n## {title}\n", f"`{' '.join(usage)}`\n", plain(command.help)]
    listed = [option_line(p) for p in own]
    return lines + (["", *listed] if listed else [])


def placeholder(argument: Any) -> str:
    """How the usage names an argument: in brackets when it may be left out."""
    return str(argument.make_metavar(None, usage=True))


def plain(help_: str | None) -> str:
    """A help text without the backslash that keeps rich from taking a bracket for markup."""
    return inspect.cleandoc(help_ or "").replace("\\[", "[")


def option_line(param: Any) -> str:
    """`- --name NAME: what it does`."""
    if param.param_type_name == "argument":
        return f"- `{placeholder(param)}`: {plain(param.help)}"
    names = ", ".join([*param.opts, *param.secondary_opts])
    choices = getattr(param.type, "choices", None)
    shown = param.metavar or ("|".join(map(str, choices)) if choices else "VALUE")
    metavar = "" if param.is_flag else f" {shown}"
    return f"- `{names}{metavar}`: {plain(param.help)}"


def settings_page() -> str:
    """Every setting with its default, its variable and what it is, as `memctl config` says it."""
    lines = [NOTE, "# Settings\n"]
    lines.append("Defaults < your `config.toml` (`memctl config path`) < `MEMCTL_*` variables < flags.")
    lines.append("Nothing that comes with a repository is read.\n")
    lines.append(
        "An agent sets variables in the shells and servers that it starts, and a project's settings may"
    )
    lines.append(
        "have it do so. So a setting without a variable is said in your `config.toml` alone, and an agent"
    )
    lines.append(
        "cannot set it with `memctl config set`; its variable, where one is set, is named and counts for"
    )
    lines.append(
        "nothing. Hooks, `mcp`, `tool` and what an agent runs believe no variable that a project may have\n"
        "set (see places.md); what runs, who is asked and what that may cost no agent sets for good.\n"
    )
    lines.append("| a variable may say | your own `config.toml` alone says |\n| --- | --- |")
    lines.append(
        "| how memories are found, and how many "
        "| what is approved, saved or erased without you, and whose login is used |"
    )
    lines.append("| where memories are: as `--dir` does | |")
    lines.append("| who is asked, by which program, and what that may cost | |\n")
    lines.append("| setting | default | variable | meaning |\n| --- | --- | --- | --- |")
    for name, says in settings.meanings().items():
        default = getattr(settings.Settings(), name)
        text = str(default).lower() if isinstance(default, bool) else str(default)
        shown = "-" if default in ("", {}) else text
        meaning = says.replace("|", "\\|")
        variable = "-" if name in settings.FILE_ONLY else f"`{settings.variable(name)}`"
        lines.append(f"| `{name}` | {shown} | {variable} | {meaning} |")
    return "\n".join(lines) + "\n"


def exit_codes_page() -> str:
    """The exit codes, with the slugs of `--json` errors."""
    tree = inspect.cleandoc(errors.__doc__ or "").split("\n\n")[1]
    lines = [NOTE, "# Exit codes\n"]
    lines.append("0 is success: also nothing to do, nothing found, a closed pipe. 130 is an interrupt.")
    lines.append("`memctl hook` always exits 0. On failure stdout stays empty; with `--json` stderr carries")
    lines.append('`{"error": {"code", "slug", "message", "hint"}}`. The failures, their codes and slugs:\n')
    return "\n".join([*lines, "```", inspect.cleandoc(tree), "```", ""])


if __name__ == "__main__":
    typer.core.HAS_RICH = False
    sys.exit(main())
