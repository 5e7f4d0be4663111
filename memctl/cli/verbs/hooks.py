"""Hooks on the terminal: wire memctl into an agent or a git repository, look at it, and take it out."""

import os
from typing import Annotated, Any

import typer

from memctl.cli.run import Run, verb
from memctl.errors import UsageError

app = typer.Typer(
    help="Wire memctl into an agent or a git repository, and out again.",
    no_args_is_help=True,
    add_completion=False,
)

AGENTS = ("claude-code", "codex", "gemini", "cursor", "opencode", "git")


def _agents(incomplete: str) -> list[str]:
    return [agent for agent in AGENTS if agent.startswith(incomplete)]


AgentArgument = Annotated[
    str, typer.Argument(metavar="AGENT|git", help=", ".join(AGENTS) + ".", autocompletion=_agents)
]
TestedArgument = Annotated[
    str,
    typer.Argument(
        metavar="AGENT",
        help=", ".join(AGENTS[:-1]) + "; a git hook is tested by a commit.",
        autocompletion=lambda incomplete: [a for a in _agents(incomplete) if a != "git"],
    ),
]
ProjectOption = Annotated[
    bool, typer.Option("--project", help="This project's settings instead of your own, for every project.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", "-n", help="Only show what would change.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask on a terminal.")]


def _known(agent: str) -> str:
    agent = {"claude": "claude-code"}.get(agent, agent)
    if agent not in AGENTS:
        raise UsageError(f"no such agent: {agent}", hint="one of " + ", ".join(AGENTS))
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
) -> None:
    """Show the change to the agent's settings, then make it. Doing it again changes nothing."""
    agent = _known(agent)
    if agent == "git":
        _install_git(run, commit_msg, print_, dry_run, yes)
        return
    plan = _plan(agent, _root(run, project), remove=False)
    _show_and_write(run, [plan], dry_run, yes, "installed")
    from memctl.hooks.targets import TARGETS

    if agent in TARGETS and TARGETS[agent].note and not dry_run:
        run.out.note(TARGETS[agent].note)


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
    agent = _known(agent)
    if agent == "git":
        from memctl.hooks import git_hooks

        _show_and_write(run, git_hooks.plan_remove(os.getcwd()), dry_run, yes, "removed")
        return
    _show_and_write(run, [_plan(agent, _root(run, project), remove=True)], dry_run, yes, "removed")


def _plan(agent: str, root: str | None, *, remove: bool) -> Any:
    from memctl.hooks import install as service
    from memctl.hooks import plugin

    if agent == "opencode":
        return plugin.plan(root, remove=remove)
    return service.plan_remove(agent, root) if remove else service.plan_install(agent, root)


def _install_git(run: Run, commit_msg: bool, print_: bool, dry_run: bool, yes: bool) -> None:
    from memctl.hooks import git_hooks

    hooks = (*git_hooks.DEFAULT, *(git_hooks.OPTIONAL if commit_msg else ()))
    if print_:
        for hook in hooks:
            run.out.block(f"# {hook}\n{git_hooks.script(hook)}")
        return
    _show_and_write(run, git_hooks.plan_install(os.getcwd(), hooks), dry_run, yes, "installed")


def _show_and_write(run: Run, plans: list[Any], dry_run: bool, yes: bool, word: str) -> None:
    from memctl.hooks import git_hooks
    from memctl.hooks import install as service

    plans = [plan for plan in plans if plan.changes]
    if run.out.json:
        changes = [{"path": p.path, "diff": _diff(p)} for p in plans]
    else:
        for plan in plans:
            run.out.block(_diff(plan))
    if plans and not dry_run:
        if not yes and run.out.on_terminal and os.isatty(0):
            typer.confirm("Make this change?", default=True, abort=True, err=True)
        for plan in plans:
            if isinstance(plan, git_hooks.HookPlan):
                git_hooks.carry_out(plan)
            elif isinstance(plan, service.Plan):
                service.carry_out(plan)
            else:
                service.write(plan)
    if run.out.json:
        run.out.document({"action": "dry-run" if dry_run else word, "changes": changes})
    elif not plans:
        run.out.note("nothing to change")
    else:
        run.out.note("nothing was written (--dry-run)" if dry_run else word)


def _diff(plan: Any) -> str:
    """The change as a unified diff; a hook that steps aside or back is a line of its own."""
    import difflib

    before, after = (plan.before or "").splitlines(True), (plan.after or "").splitlines(True)
    lines = difflib.unified_diff(
        before,
        after,
        plan.path if plan.before is not None else "/dev/null",
        plan.path if plan.after is not None else "/dev/null",
    )
    moves = "".join(f"rename {old} -> {new}\n" for old, new in getattr(plan, "moves", ()))
    text = "".join(
        line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines
    )
    return moves + text


@app.command()
@verb
def status(
    run: Run,
    agent: Annotated[
        str | None,
        typer.Argument(metavar="[AGENT|git]", help="Default: all.", autocompletion=_agents),
    ] = None,
    project: ProjectOption = False,
) -> None:
    """Say for each agent whether memctl is installed, outdated, partial, broken or absent, and where."""
    agents = [_known(agent)] if agent else list(AGENTS)
    found = [_status(name, _root(run, project), quiet=agent is None) for name in agents]
    if run.out.json:
        run.out.document({"hooks": found})
        return
    for entry in found:
        events = f" ({', '.join(entry['events'])})" if entry["events"] else ""
        run.out.line(f"{entry['agent']:<12} {entry['state']:<10} {entry['path'] or '-'}{events}")
        if entry["note"] and entry["state"] not in ("absent", "unreadable"):
            run.out.note(str(entry["note"]))


def _status(agent: str, root: str | None, quiet: bool) -> dict[str, Any]:
    from memctl.errors import MemctlError
    from memctl.hooks import git_hooks, plugin
    from memctl.hooks import status as service

    try:
        if agent == "git":
            hooks = git_hooks.states(os.getcwd())
            on = [hook for hook, state in hooks.items() if state in ("installed", "outdated")]
            state = "absent" if not on else "outdated" if "outdated" in hooks.values() else "installed"
            return _entry(agent, git_hooks.place(os.getcwd()).folder, state, on, "")
        if agent == "opencode":
            plan = plugin.plan(root)
            state = "absent" if plan.before is None else "outdated" if plan.changes else "installed"
            return _entry(agent, plan.path, state, [], "")
        found = service.status(agent, root)
        return _entry(agent, found.path, found.state, list(found.events), found.note)
    except MemctlError as error:
        if not quiet:
            raise
        return _entry(agent, "", "unreadable" if agent != "git" else "absent", [], error.message)


def _entry(agent: str, path: str, state: str, events: list[str], note: str) -> dict[str, Any]:
    return {"agent": agent, "path": path or None, "state": state, "events": events, "note": note or None}


@app.command("test")
@verb
def try_(run: Run, agent: TestedArgument, project: ProjectOption = False) -> None:
    """Run the installed commands as the agent would, and check what comes back. Exits 1 on any trouble."""
    from memctl.errors import NotFound
    from memctl.hooks import trial

    agent = _known(agent)
    if agent == "git":
        raise UsageError("git hooks are tested by a commit", hint="`memctl hooks log` shows what it started")
    commands = _installed(agent, _root(run, project))
    if not commands:
        raise NotFound(f"no hooks of memctl are installed for {agent}", hint=f"memctl hooks install {agent}")
    trials = trial.run(agent, commands)
    if run.out.json:
        run.out.document({"agent": agent, "trials": [vars(t) | {"ok": not t.trouble} for t in trials]})
    else:
        for t in trials:
            verdict = t.trouble or "ok"
            run.out.line(
                f"{t.event:<18} exit {t.code}  {t.chars:>5} chars  {t.seconds * 1000:>5.0f} ms  {verdict}"
            )
    if any(t.trouble for t in trials):
        raise typer.Exit(1)


def _installed(agent: str, root: str | None) -> dict[str, str]:
    """Event -> the command line that is installed for it; empty when none is."""
    import shlex

    from memctl.hooks import detached, plugin
    from memctl.hooks import status as service

    if agent != "opencode":
        return service.installed(agent, root)
    if plugin.plan(root).before is None:
        return {}
    line = shlex.join(detached.command("hook", agent))
    return {event: f"{line} {event}" for event in ("SessionStart", "UserPromptSubmit")}


@app.command()
@verb
def log(
    run: Run,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Newest lines to show.")] = 50,
) -> None:
    """The log of hook calls, oldest first: when, which agent, which event, what came of it."""
    from memctl.hooks import hooklog

    lines: list[str] = []
    for file in (hooklog.path() + ".1", hooklog.path()):
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
