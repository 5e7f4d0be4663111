"""Hooks on the terminal: wire memctl into an agent or a git repository, look at it, and take it out."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from memctl.agents import table
from memctl.cli import asking
from memctl.cli.background import background
from memctl.cli.run import Run, verb
from memctl.errors import MemctlError, NotFound, UsageError

if TYPE_CHECKING:
    from memctl.agents.table import Agent
    from memctl.hooks.rewrite import Rewrite
    from memctl.hooks.status import Status

app = typer.Typer(
    help="Wire memctl into an agent or a git repository, and out again.",
    no_args_is_help=True,
    add_completion=False,
)

GIT = "git"


def _agents(incomplete: str) -> list[str]:
    return [agent.name for agent in table.hooked() if agent.name.startswith(incomplete)]


def _places(incomplete: str) -> list[str]:
    return _agents(incomplete) + [GIT] * GIT.startswith(incomplete)


AgentArgument = Annotated[
    str, typer.Argument(metavar="AGENT|git", help=", ".join(_places("")) + ".", autocompletion=_places)
]
TestedArgument = Annotated[
    str,
    typer.Argument(
        metavar="AGENT",
        help=", ".join(_agents("")) + "; a git hook is tested by a commit.",
        autocompletion=_agents,
    ),
]
ProjectOption = Annotated[
    bool, typer.Option("--project", help="This project's settings instead of your own, for every project.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", "-n", help="Only show what would change.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask on a terminal.")]


def _known(name: str) -> "Agent | None":
    """The agent of that name, None for git."""
    agent = table.find(name)
    if name != GIT and (agent is None or not agent.has_hooks):
        raise UsageError(f"no such agent: {name}", hint="one of " + ", ".join(_places("")))
    return agent


def _root(run: Run, project: bool) -> str | None:
    return str(run.place.root) if project else None


@app.command()
@verb
def install(
    run: Run,
    agent: AgentArgument,
    project: ProjectOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    commit_msg: Annotated[
        bool, typer.Option("--prepare-commit-msg", help="git: also a reminder in the commit template.")
    ] = False,
    print_: Annotated[bool, typer.Option("--print", help="git: print the hooks instead.")] = False,
    own_model: asking.OwnModelOption = None,
) -> None:
    """Show the change to the agent's settings, then make it. Doing it again changes nothing."""
    known = _known(agent)
    if known is None:
        _install_git(run, commit_msg, print_, dry_run, yes)
        return
    from memctl.hooks import install as service

    if own_model:
        asking.refuse_agents()  # before anything is written
    _carry_out(run, [service.plan(known, _root(run, project))], dry_run, yes, "installed")
    if dry_run:
        return
    if known.dialect().note:
        run.out.note(known.dialect().note)
    asking.own_model(run, known.name, own_model, may_ask=not yes)
    asking.stands(run, known.name)
    if not project:
        _settle(run)


def _settle(run: Run) -> None:
    """With the hooks in place, memories of this project that belong in the agent's folder go there at once.

    That they cannot is no failure of the installation: the next command says so.
    """
    try:
        _ = run.place
    except MemctlError as error:
        run.out.note(error.message)


@app.command()
@verb
def remove(
    run: Run,
    agent: AgentArgument,
    project: ProjectOption = False,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
) -> None:
    """Take memctl out of the agent's settings; the rest of them stays byte for byte."""
    from memctl.hooks import git_hooks
    from memctl.hooks import install as service

    known = _known(agent)
    if known is None:
        plans = git_hooks.plan_remove(os.getcwd())
    else:
        plans = [service.plan(known, _root(run, project), remove=True)]
    _carry_out(run, plans, dry_run, yes, "removed")
    if known is not None and not dry_run and not project:
        asking.take_back(run, known.name)


def _install_git(run: Run, commit_msg: bool, print_: bool, dry_run: bool, yes: bool) -> None:
    from memctl.hooks import git_hooks

    hooks = (*git_hooks.DEFAULT, *(git_hooks.OPTIONAL if commit_msg else ()))
    if print_:
        for hook in hooks:
            run.out.block(f"# {hook}\n{git_hooks.script(hook)}")
        return
    _carry_out(run, git_hooks.plan_install(os.getcwd(), hooks), dry_run, yes, "installed")


def _carry_out(run: Run, plans: "list[Rewrite]", dry_run: bool, yes: bool, word: str) -> None:
    """Show the plans that change something, ask where a person can answer, and carry them out."""
    shown = [(plan, _diff(plan)) for plan in plans if plan.changes]
    if not run.out.json:
        for _, diff in shown:
            run.out.block(diff)
    if shown and not dry_run:
        _ask(run, yes)
        for plan, _ in shown:
            plan.carry_out()
    if run.out.json:
        changes = [{"path": plan.path, "diff": diff} for plan, diff in shown]
        run.out.document({"action": "dry-run" if dry_run else word, "changes": changes})
        return
    done = "nothing was written (--dry-run)" if dry_run else word
    run.out.note(done if shown else "nothing to change")


def _ask(run: Run, yes: bool) -> None:
    if not yes and run.out.on_terminal and os.isatty(0):
        typer.confirm("Make this change?", default=True, abort=True, err=True)


def _diff(plan: "Rewrite") -> str:
    """The change as a unified diff; a hook that steps aside or back is a line of its own."""
    import difflib

    lines = difflib.unified_diff(
        (plan.before or "").splitlines(True),
        (plan.after or "").splitlines(True),
        plan.path if plan.before is not None else "/dev/null",
        plan.path if plan.after is not None else "/dev/null",
    )
    moves = "".join(f"rename {old} -> {new}\n" for old, new in plan.moves)
    return moves + "".join(
        line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines
    )


@app.command()
@verb
def status(
    run: Run,
    agent: Annotated[
        str | None,
        typer.Argument(metavar="[AGENT|git]", help="Default: all.", autocompletion=_places),
    ] = None,
    project: ProjectOption = False,
) -> None:
    """Say for each agent whether memctl is installed, outdated, partial, broken or absent, and where."""
    root = _root(run, project)
    found = [_status(agent, root)] if agent else [_status_or_why_not(name, root) for name in _places("")]
    own = asking.of_agents(run, [s.agent for s in found])
    if run.out.json:
        rows = [vars(s) | {"path": s.path or None, "note": s.note or None} for s in found]
        run.out.document({"hooks": [row | {"own_model": own.get(row["agent"])} for row in rows]})
        return
    for s in found:
        events = f" ({', '.join(s.events)})" if s.events else ""
        run.out.line(f"{s.agent:<12} {s.state:<10} {s.path or '-'}{events}")
        if s.note and s.state not in ("absent", "unreadable"):
            run.out.note(s.note)
        if own.get(s.agent, {}).get("allowed"):
            asking.stands(run, s.agent)


app.command("background", hidden=True)(background)


def _status(name: str, root: str | None) -> "Status":
    from memctl.hooks import status as service

    known = _known(name)
    return service.status(known, root) if known else service.of_git(os.getcwd())


def _status_or_why_not(name: str, root: str | None) -> "Status":
    from memctl.hooks.status import Status

    try:
        return _status(name, root)
    except MemctlError as error:
        return Status(name, "", "absent" if name == GIT else "unreadable", note=error.message)


@app.command("test")
@verb
def try_(run: Run, agent: TestedArgument, project: ProjectOption = False) -> None:
    """Run what is installed as the agent would, and check what comes back. Exits 1 on any trouble.

    Only memctl's own command is run, never another one that settings hold.
    """
    from memctl.hooks import status as service
    from memctl.hooks import trial

    known = _known(agent)
    if known is None:
        raise UsageError("git hooks are tested by a commit", hint="`memctl hooks log` shows what it started")
    commands = service.installed(known, _root(run, project))
    if not commands:
        hint = f"memctl hooks install {known.name}"
        raise NotFound(f"no hooks of memctl are installed for {known.name}", hint=hint)
    trials = trial.run(known, commands)
    if run.out.json:
        rows = [vars(t) | {"ok": not t.trouble} for t in trials]
        run.out.document({"agent": known.name, "trials": rows})
    else:
        for t in trials:
            verdict = t.trouble or "ok"
            run.out.line(
                f"{t.event:<18} exit {t.code}  {t.chars:>5} chars  {t.seconds * 1000:>5.0f} ms  {verdict}"
            )
    if any(t.trouble for t in trials):
        raise typer.Exit(1)


@app.command()
@verb
def log(
    run: Run,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Newest lines to show.")] = 50,
) -> None:
    """The log of hook calls, oldest first: when, which agent, which event, what came of it."""
    from memctl.hooks.call import log_file

    lines: list[str] = []
    for file in (log_file() + ".1", log_file()):
        try:
            with open(file, encoding="utf-8", errors="replace") as handle:
                lines += handle.read().splitlines()
        except FileNotFoundError:
            continue
    if run.out.json:
        entries = [
            dict(pair.partition("=")[::2] for pair in line.split()[1:]) | {"at": line[:20]}
            for line in lines[-limit:]
        ]
        run.out.document({"calls": entries})
        return
    for line in lines[-limit:]:
        run.out.line(line)


def hook(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="AGENT [EVENT]", help="Who calls, and when.")
    ] = None,
) -> None:
    """Answer one hook call: JSON on stdin, the agent's envelope on stdout, exit 0 always.

    What `memctl hooks install` puts into an agent's settings. A usage error is exit 0 too: exit 2 would block
    the person's prompt.
    """
