"""Hooks on the terminal: wire memctl into an agent or a git repository, look at it, and take it out."""

import os
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from memctl.agents import table
from memctl.cli import asking, installing
from memctl.cli.background import background
from memctl.cli.confirming import Look, carry_out
from memctl.cli.grouping import group
from memctl.cli.run import Run, verb
from memctl.cli.stopping import pre_commit
from memctl.errors import MemctlError, NotFound, UsageError

if TYPE_CHECKING:
    from memctl.agents.table import Agent
    from memctl.hooks.rewrite import Rewrite
    from memctl.hooks.status import Status

app = group("Wire memctl into an agent or a git repository, and out again.")

GIT = "git"


def _agents(incomplete: str) -> list[str]:
    return [agent.name for agent in table.hooked() if agent.name.startswith(incomplete)]


def _places(incomplete: str) -> list[str]:
    return _agents(incomplete) + [GIT] * GIT.startswith(incomplete)


AgentArgument = Annotated[
    str | None, typer.Argument(metavar="AGENT|git", help=", ".join(_places("")) + ".", autocompletion=_places)
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
OnlyProjectOption = Annotated[
    bool, typer.Option("--project", help="This project's settings alone; default: these and your own.")
]
OnlyUserOption = Annotated[bool, typer.Option("--user", help="Your own settings alone, for every project.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", "-n", help="Only show what would change.")]
DiffOption = Annotated[bool, typer.Option("--diff", help="Show every line of the change on a terminal too.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask on a terminal.")]
SkillOption = Annotated[bool, typer.Option("--skill", help="The skill that says when and how to save.")]
AgentsMdOption = Annotated[
    bool,
    typer.Option(
        "--agents-md",
        help="The same as a paragraph of AGENTS.md, CLAUDE.md or GEMINI.md; no AGENT: of the project.",
    ),
]
ForceOption = Annotated[
    bool,
    typer.Option(
        "--force", "-f", help="Take also a skill or paragraph that you changed, or another agent reads."
    ),
]


def _known(name: str) -> "Agent | None":
    """The agent of that name, None for git."""
    agent = table.find(name)
    if name != GIT and (agent is None or not agent.has_hooks):
        raise UsageError(f"no such agent: {name}", hint="one of " + ", ".join(_places("")))
    return agent


def _root(run: Run, project: bool) -> str | None:
    return str(run.place.root) if project else None


def _roots(run: Run, agent: "Agent", project: bool, user: bool) -> list[str | None]:
    """The settings that are meant: those that were named, else your own (None) and the project's."""
    from memctl.hooks import presence

    if project or user:
        return [None] * user + [run.bare_place.root] * project
    return presence.places(agent, run.bare_place.root)


@app.command()
@verb
def install(
    run: Run,
    agent: AgentArgument = None,
    project: ProjectOption = False,
    skill: SkillOption = False,
    agents_md: AgentsMdOption = False,
    force: ForceOption = False,
    dry_run: DryRunOption = False,
    diff: DiffOption = False,
    yes: YesOption = False,
    commit_msg: Annotated[
        bool, typer.Option("--prepare-commit-msg", help="git: also a reminder in the commit template.")
    ] = False,
    print_: Annotated[bool, typer.Option("--print", help="git: print the hooks instead.")] = False,
    own_model: asking.OwnModelOption = None,
) -> None:
    """Show the change to the agent's settings, then make it. Doing it again only renews what is outdated."""
    if agent is None:
        plans = _of_project(run, agents_md, remove=False, force=force)
        carry_out(run, plans, Look(dry_run=dry_run, yes=yes), "installed")
        return
    known = _known(agent)
    if known is None:
        if skill or agents_md:
            raise UsageError("a repository has neither skill nor paragraph", hint="--agents-md without `git`")
        _install_git(run, commit_msg, print_, Look(dry_run=dry_run, yes=yes))
        return
    if own_model:
        asking.refuse_agents()  # before anything is written
    root, look = _root(run, project), Look(dry_run=dry_run, yes=yes, diff=diff)
    is_new = installing.wire(run, known, root, _kinds(skill, agents_md), look, force=force)
    if dry_run:
        return
    answered = asking.own_model(run, known.name, own_model, may_ask=not yes)
    if is_new or answered:
        asking.stands(run, known.name)
    installing.settle(run, known, root, is_new=is_new)


def _kinds(skill: bool, agents_md: bool) -> list[str]:
    return ["skill"] * skill + ["agents_md"] * agents_md


def _of_project(run: Run, agents_md: bool, *, remove: bool, force: bool) -> "list[Rewrite]":
    """The paragraph in the `AGENTS.md` of this project, which belongs to no one agent."""
    from memctl.hooks import paragraph

    if not agents_md:
        raise UsageError("no agent was named", hint="one of " + ", ".join(_places("")))
    return [paragraph.plan(None, str(run.place.root), remove=remove, force=force)]


@app.command()
@verb
def remove(
    run: Run,
    agent: AgentArgument = None,
    project: OnlyProjectOption = False,
    user: OnlyUserOption = False,
    skill: SkillOption = False,
    agents_md: AgentsMdOption = False,
    force: ForceOption = False,
    dry_run: DryRunOption = False,
    diff: DiffOption = False,
    yes: YesOption = False,
) -> None:
    """Take memctl out of the agent's settings, with its skill and paragraph, or these alone.

    From your own settings and this project's. The rest of every file stays byte for byte.
    """
    from memctl.hooks import departure, git_hooks

    known = _known(agent) if agent else None
    kinds, look = _kinds(skill, agents_md), Look(dry_run=dry_run, yes=yes, diff=diff)
    if known is None:
        of_project = not agent
        plans = (
            _of_project(run, agents_md, remove=True, force=force)
            if of_project
            else git_hooks.plan_remove(os.getcwd())
        )
        carry_out(run, plans, look, "removed")
        return
    roots = _roots(run, known, project, user)
    plans, staying = departure.plans(known, roots, kinds, force=force)
    if not kinds:
        look = replace(look, short=partial(installing.in_short, known))
    carry_out(run, plans, look, "removed")
    run.out.warn_all(staying)
    if not kinds and not dry_run and None in roots:
        asking.take_back(run, known.name)


def _install_git(run: Run, commit_msg: bool, print_: bool, look: Look) -> None:
    from memctl.hooks import git_hooks

    hooks = (*git_hooks.DEFAULT, *(git_hooks.OPTIONAL if commit_msg else ()))
    if print_:
        for hook in hooks:
            run.out.block(f"# {hook}\n{git_hooks.script(hook)}")
        return
    carry_out(run, git_hooks.plan_install(os.getcwd(), hooks), look, "installed")


@app.command()
@verb
def status(
    run: Run,
    agent: Annotated[
        str | None,
        typer.Argument(metavar="[AGENT|git]", help="Default: all.", autocompletion=_places),
    ] = None,
    project: OnlyProjectOption = False,
    user: OnlyUserOption = False,
) -> None:
    """Say for each agent whether memctl is installed, outdated, partial, broken or absent, and where."""
    from memctl.cli.show.wiring import print_status
    from memctl.hooks import presence
    from memctl.hooks import status as service

    found: list[presence.Presence] = []
    for name in [agent] if agent else _places(""):
        known = _known(name)
        if known is None:
            found += [presence.Presence(_of_git(strict=agent is not None))] if agent or not user else []
            continue
        roots = _roots(run, known, project, user)
        if agent:
            service.status(known, roots[0])  # a file that cannot be read is an error where it is asked for
        found += presence.everywhere(known, roots)
    print_status(run, found)


app.command("background", hidden=True)(background)
app.command("pre-commit", hidden=True)(pre_commit)


def _of_git(*, strict: bool) -> "Status":
    from memctl.hooks import status as service

    try:
        return service.of_git(os.getcwd())
    except MemctlError as error:
        if strict:
            raise
        return service.Status(GIT, "", "absent", note=error.message, scope=service.PROJECT)


@app.command("test")
@verb
def try_(
    run: Run, agent: TestedArgument, project: OnlyProjectOption = False, user: OnlyUserOption = False
) -> None:
    """Run what is installed as the agent would, and check what comes back. Exits 1 on any trouble.

    Only memctl's own command is run, never another one that settings hold.
    """
    from memctl.cli.show.wiring import print_trials
    from memctl.hooks import presence, trial
    from memctl.hooks import status as service

    known = _known(agent)
    if known is None:
        raise UsageError("git hooks are tested by a commit", hint="`memctl hooks log` shows what it started")
    roots = _roots(run, known, project, user)
    there = [(presence.look(known, root), service.installed(known, root)) for root in roots]
    tried = [(where, trial.run(known, commands)) for where, commands in there if commands]
    if not tried:
        hint = f"memctl hooks install {known.name}" + (" --project" if project else "")
        raise NotFound(f"no hooks of memctl are installed for {known.name}", hint=hint)
    print_trials(run, known.name, tried)
    if any(t.trouble for _, trials in tried for t in trials):
        raise typer.Exit(1)


@app.command()
@verb
def log(
    run: Run,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Newest lines to show.")] = 50,
) -> None:
    """What hooks did, oldest first: when, which agent, which event, what came of it, what was recalled."""
    from memctl.cli.show.wiring import print_log

    print_log(run, limit)


def hook(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="AGENT [EVENT]", help="Who calls, and when.")
    ] = None,
) -> None:
    """Answer one hook call: JSON on stdin, the agent's envelope on stdout, exit 0 always.

    What `memctl hooks install` puts into an agent's settings. A usage error is exit 0 too: exit 2 would block
    the person's prompt.
    """
