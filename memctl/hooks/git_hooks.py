"""Git hooks: where a repository's hooks live, who else uses them, and memctl's own beside theirs."""

import os
import shlex
import subprocess
from dataclasses import dataclass

from memctl import programs
from memctl.errors import MemctlError, NotFound, Refused
from memctl.hooks import detached
from memctl.hooks.rewrite import Rewrite, read
from memctl.store.worktree.repository import Repository

DEFAULT = ("post-commit", "post-merge", "pre-commit")
OPTIONAL = ("prepare-commit-msg",)

MARK = "# memctl git hook"
"""How a hook of memctl's own is recognised, of any version."""

CHAINED = ".before-memctl"
"""Suffix of a hook that was there first; memctl's hook runs it first and obeys it."""

_HEAD = """\
#!/bin/sh
{mark} 1; `memctl hooks remove git` takes it out.
# A hook that was here first runs first, and its word counts.
first="$0{chained}"
if [ -x "$first" ]; then "$first" "$@" || exit $?; fi
"""

_BODIES = {
    "post-commit": """\
# In the background: a commit neither waits nor fails.
(
    {command} post-commit "$(git rev-parse -q --verify HEAD)" "$(git rev-parse -q --verify HEAD~1)" &
) </dev/null >/dev/null 2>&1
exit 0
""",
    "post-merge": """\
# In the background: a merge neither waits nor fails.
(
    {command} post-merge "$(git rev-parse -q --verify HEAD)" "$(git rev-parse -q --verify ORIG_HEAD)" &
) </dev/null >/dev/null 2>&1
exit 0
""",
    "pre-commit": """\
# Memories kept in this tree (a folder with a MEMORY.md) are checked when one of them is committed. Names
# come as they are, with NUL between them; a line feed in a name travels as \\001.
git diff --cached --name-only -z --diff-filter=ACMR | LC_ALL=C tr '\\n\\000' '\\001\\n' |
LC_ALL=C sed -n -e 's|^[^/]*\\.md$|.|p' -e 's|/[^/]*\\.md$||p' | LC_ALL=C sort -u | {{
    set -- ; last=
    while IFS= read -r folder; do
        folder=$(printf '%s/' "$folder" | LC_ALL=C tr '\\001' '\\n')
        folder=${{folder%/}}
        while [ ! -f "./$folder/MEMORY.md" ]; do
            case "$folder" in */*) folder=${{folder%/*}} ;; *) continue 2 ;; esac
        done
        [ "$folder" = "$last" ] && continue
        last=$folder
        set -- "$@" "./$folder"
    done
    [ $# -eq 0 ] && exit 0
    # Only this word stops a commit: no failure of memctl's own does.
    [ "$({program} hooks pre-commit --answer -- "$@" </dev/null)" = stop ] && exit 1
    exit 0
}}
""",
    "prepare-commit-msg": """\
# A reminder in the template that the editor shows; git drops comment lines.
case "$2" in
    message|merge|squash|commit) exit 0 ;;
esac
printf '%s\\n' '# A line "Memory: ..." in this message becomes a proposal for memctl review.' >> "$1"
exit 0
""",
}


@dataclass(frozen=True)
class Place:
    """The hooks folder of a repository, and what manages it besides git itself."""

    folder: str
    manager: str = ""  # "husky", "pre-commit" or ""


def ask(cwd: str, *arguments: str) -> str:
    """What git answers in `cwd`, "" where it fails; the caller's GIT_* variables have no say. Raises
    MemctlError where git is not installed."""
    git = programs.find("git")
    if git is None:
        raise MemctlError("git is not installed", hint="install git first")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    done = subprocess.run(
        [git, *arguments], cwd=cwd, env={**clean, "PATH": programs.path()}, capture_output=True, text=True,
        timeout=30, check=False,
    )  # fmt: skip
    return done.stdout.strip() if done.returncode == 0 else ""


def place(cwd: str) -> Place:
    """Where the hooks of the repository around `cwd` live, worktrees and `core.hooksPath` respected.

    Raises NotFound outside git, Refused where hooks belong to every repository or to a tool of the project.
    """
    folder = ask(cwd, "rev-parse", "--git-path", "hooks")
    if not folder:
        raise NotFound("not in a git repository", hint="run it inside one, or with -C PATH")
    folder = os.path.realpath(os.path.join(cwd, folder))
    top = _top(cwd)
    if top and not Repository(top).git_dir:
        hint = "its .git names the repository of another folder"
        raise Refused(f"{top} is no working tree of its repository", hint=hint, slug="outside")
    common = os.path.realpath(os.path.join(cwd, ask(cwd, "rev-parse", "--git-common-dir")))
    if f"{os.sep}.husky" in folder:
        raise _managed("husky", ".husky/")
    inside = [base for base in (common, top) if base]
    if not any(os.path.commonpath([folder, base]) == base for base in inside):
        raise Refused(
            f"core.hooksPath leads to {folder}, outside this repository: its hooks run in others too",
            hint="unset it here (`git config core.hooksPath .git/hooks`), or add the lines of "
            "`memctl hooks install git --print` to your own hooks",
            slug="outside",
        )
    config = bool(top) and os.path.exists(os.path.join(top, ".pre-commit-config.yaml"))
    return Place(folder, "pre-commit" if config else "")


def _top(cwd: str) -> str:
    """The folder around `cwd` that holds `.git`, links resolved; "" when there is none.

    Git is not asked: `core.worktree` may name any folder, and what lies in it would count as the project's.
    """
    at = os.path.realpath(cwd)
    while not os.path.exists(os.path.join(at, ".git")):
        at, below = os.path.dirname(at), at
        if at == below:
            return ""
    return at


def _managed(tool: str, where: str) -> Refused:
    hint = f"add the lines that `memctl hooks install git --print` shows to the files in {where}"
    return Refused(f"the hooks of this repository belong to {tool}", hint=hint, slug="managed")


def script(hook: str) -> str:
    """The text of one hook: only shell built-ins, git and an absolute interpreter, whatever PATH says."""
    body = _BODIES[hook].format(
        command=shlex.join(detached.command("hook", "git")), program=shlex.join(detached.command())
    )
    return _HEAD.format(mark=MARK, chained=CHAINED) + body


def _own(text: str | None) -> bool:
    return text is not None and any(line.startswith(MARK) for line in text.split("\n", 3)[:3])


def plan_install(cwd: str, hooks: tuple[str, ...] = DEFAULT) -> list[Rewrite]:
    """What installing `hooks` into the repository of `cwd` would change. A foreign hook is kept beside
    memctl's and runs first. Raises Refused where there is no place for that, and as `place`."""
    folder = place(cwd).folder
    plans = []
    for hook in hooks:
        path = os.path.join(folder, hook)
        before = read(path)
        if before is None or _own(before):
            plans.append(Rewrite(path, before, script(hook), executable=True))
            continue
        if os.path.lexists(path + CHAINED):
            raise Refused(
                f"{path + CHAINED} is in the way", hint="merge it into your hook by hand", slug="exists"
            )
        plans.append(Rewrite(path, before, script(hook), ((path, path + CHAINED),), executable=True))
    return plans


def plan_remove(cwd: str) -> list[Rewrite]:
    """What removing would change: memctl's hooks go, and what stepped aside for them comes back."""
    folder = place(cwd).folder
    plans = []
    for hook in (*DEFAULT, *OPTIONAL):
        path = os.path.join(folder, hook)
        before = read(path)
        if _own(before):
            back = ((path + CHAINED, path),) if os.path.lexists(path + CHAINED) else ()
            plans.append(Rewrite(path, before, None, back))
    return plans


def states(cwd: str) -> dict[str, str]:
    """hook -> installed, outdated, foreign or absent."""
    folder = place(cwd).folder
    found = {}
    for hook in (*DEFAULT, *OPTIONAL):
        text = read(os.path.join(folder, hook))
        own = "installed" if text == script(hook) else "outdated"
        found[hook] = "absent" if text is None else own if _own(text) else "foreign"
    return found
