"""One run of one verb: the global options, the streams, the memory directory, the clock.

`@verb` gives a function every global option, so that they are accepted before and after the verb.
"""

import os
import time
from collections.abc import Callable
from functools import cached_property, update_wrapper
from typing import TYPE_CHECKING, Any

import typer

from memctl import places
from memctl.agents.actor import PERSON, actor
from memctl.cli import absence, hints
from memctl.cli.options import take, with_options
from memctl.cli.output import Output, end_page
from memctl.cli.stdin import TEXT_MAX as TEXT_MAX
from memctl.cli.stdin import read_text as read_text
from memctl.cli.stdin import stdin_is_piped as stdin_is_piped
from memctl.errors import MemctlError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from memctl.services.write.door import WriteDoor
    from memctl.settings import Settings
    from memctl.store.memory.memories import MemoryStore
    from memctl.store.state.resolve import Place


REMIND_SECONDS = 86_400.0
"""Between two times that a reminder is said."""


class ClosedPipe(Exception):
    """Whoever read the result has gone: a quiet end. No OSError, which the parser would turn into exit 1."""


class Run:
    """What a verb is given: options that every verb has, and what follows from them, made when asked for."""

    def __init__(
        self,
        *,
        dir_: str | None = None,
        chdir: str | None = None,
        json_: bool = False,
        quiet: bool = False,
        verbose: bool = False,
        color: str | None = None,
        no_pager: bool = False,
    ) -> None:
        hints.given(chdir, dir_)
        self.started = here()  # before `-C`
        if chdir:
            try:
                os.chdir(os.path.expanduser(chdir))
            except OSError as error:
                raise UsageError(f"-C {chdir}: {error.strerror}", hint="name an existing directory") from None
        places.refuse_relative()
        color = color or "auto"
        if color not in ("auto", "always", "never"):
            raise UsageError(f"--color {color}", hint="auto, always or never")
        self.sub_verb: str | None = None  # of a verb that has sub-verbs, e.g. `list` in `config list`
        self.dir_flag = dir_
        self.may_lack = False  # whether --dir may name a directory that is not there
        self.moves = True  # whether memories that belong in Claude Code's folder are brought there
        self._chdir = os.getcwd() if chdir else None
        self._said: set[str] = set()  # variables that were named already
        self.out = Output(json=json_, quiet=quiet, verbose=verbose, color=color)
        self._may_page = not no_pager
        if actor() != PERSON:
            self._distrust()

    def _distrust(self) -> None:
        """Leave no place and no program to the project whose settings an agent's shell may have from it."""
        from memctl.hooks import environment

        self.disbelieve(environment.clean_shell(here()))

    def disbelieve(self, variables: "Iterable[str]") -> None:
        """Say that these variables, taken out of the environment, count for nothing."""
        for name in variables:
            self.out.warn(
                f"{name} is not believed, since the project may have set it: use your own config.toml"
            )

    @cached_property
    def now(self) -> float:
        """Seconds since the epoch when this run asked first."""
        return time.time()

    @cached_property
    def place(self) -> "Place":
        """The memory directory and the project's root. Raises Refused where another living project has the
        same slug, NotFound for an absent `--dir`."""
        from memctl.store.state.registry import open_place

        place = self._named(self._in_one_folder(open_place(_cwd(), self.dir_flag)))
        if not self.may_lack:
            absence.refuse(self.dir_flag, place.directory)
        if place.by_slug and not os.path.isdir(place.directory):
            from memctl.services.projects.adoption import offer

            sentence = offer(place)  # where the memory is that the project had before it was moved
            if sentence:
                self.out.warn(sentence)
        return place

    def _in_one_folder(self, place: "Place") -> "Place":
        """`place`, once its memories are where Claude Code keeps them too; says what is amiss."""
        if not place.is_chosen:
            return place
        from memctl.services.projects import placement

        if self.moves:
            settled = placement.settle(place, now=self.now)
            place = settled.place
            placement.note(place)
            self._note(settled.said)
        if place.others() or (place.wanted and self.moves):
            self._note(place.notice(self.again("project", "adopt")))
        return place

    def _note(self, sentence: str) -> None:
        if sentence:
            self.out.note(sentence)

    def again(self, *words: str) -> str:
        """The command `memctl WORDS` for the same place as this run, as it is typed."""
        import shlex

        where = [] if self._chdir is None else ["-C", self._chdir]
        where += [] if self.dir_flag is None else ["--dir", self.dir_flag]
        return shlex.join(["memctl", *where, *words])

    @cached_property
    def bare_place(self) -> "Place":
        """As `place`, without asking whose it is: for the verbs that settle it."""
        from memctl.store.state.resolve import resolve

        return self._named(resolve(_cwd(), self.dir_flag))

    def _named(self, place: "Place") -> "Place":
        """`place`; with `--verbose` its directory and the rule that found it are said."""
        rule = next((rule.name for rule in place.rules if rule.matched), "")
        self.out.detail(f"memory directory: {place.directory} ({rule})")
        return place

    @cached_property
    def door(self) -> "WriteDoor":
        """The way to change this memory directory."""
        from memctl.services.write.door import WriteDoor

        return WriteDoor(self.place)

    @property
    def directory(self) -> str:
        """The memory directory, which need not exist."""
        return self.place.directory

    @property
    def worktree(self) -> str:
        """The working tree of the command: of a linked worktree its own, else the project's root."""
        at = os.getcwd()
        while not os.path.exists(os.path.join(at, ".git")):
            parent = os.path.dirname(at)
            if parent == at:
                return self.place.root
            at = parent
        return at

    @cached_property
    def store(self) -> "MemoryStore":
        """The memories of this directory, after `repair`."""
        from memctl.store.memory.memories import MemoryStore

        self.repair()
        return MemoryStore(self.directory)

    def repair(self) -> None:
        """Finish what a killed command left, and say on stderr what was repaired or is still waiting; keep no
        longer what was rejected long ago.

        Four listings and a look when nothing is left, as is usual: only else is imported what recovers.
        """
        state = places.store_state(self.directory)
        try:
            begun = [*(os.path.join(state, name) for name in ("journal", "spool")), places.copies()]
            if any(map(_holds_files, begun)):
                self.out.warn_all(self.door.repair(now=self.now))
            if _holds_files(os.path.join(state, "inbox", "rejected")):
                from memctl.store.state.inbox import Inbox

                Inbox(self.directory).expire(self.now)
            if os.path.exists(os.path.join(state, "approved.json")):
                from memctl.services.review.approvals import complete

                for note in complete(self.place, self.now):
                    self.out.note(note)
        except MemctlError as error:
            self.out.warn(error.message)

    def page(self) -> None:
        """From here on a result that is longer than the terminal goes to a pager, until the verb ends."""
        if self._may_page and self.out.on_terminal and actor() == PERSON:
            from memctl.cli import pager

            pager.begin()

    def found(self, any_: object, fail_empty: bool) -> None:
        """With `--fail-empty`, raise Exit (code 1) where there is nothing in `any_`."""
        if fail_empty and not any_:
            raise typer.Exit(1)

    def remind(self, key: str, text: str, *, everywhere: bool = False) -> None:
        """Say `text`, which is true at every command, at most once a day for each memory directory, or
        `everywhere` once for all of them; never where the setting `reminders` is off.

        With `--verbose` always, and with `--json`, where a program reads it that asked for it each time.
        """
        from memctl.hooks import detached

        if self.out.quiet:
            return
        where = "" if everywhere else self.directory
        if self.out.verbose or self.out.json:
            self.out.note(text)
        elif detached.due(where, f"said {key}", REMIND_SECONDS, self.now) and self.settings().reminders:
            self.out.note(f"{text} (said once a day; never: memctl config set reminders false)")

    def settings(self, **flags: object) -> "Settings":
        """The settings, with what this verb's own options say; names variables that count for nothing."""
        from memctl.settings import load

        found = load(flags)
        for variable in set(found.ignored) - self._said:
            self._said.add(variable)
            self.out.warn(f"{variable} counts for nothing: only your own config.toml says that")
        return found


def _holds_files(folder: str) -> bool:
    try:
        return bool(os.listdir(folder))
    except OSError:
        return False


def here() -> str:
    """The current directory; "" when it does not exist any more."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return ""


def _cwd() -> str:
    found = here()
    if not found:
        raise MemctlError("the current directory does not exist any more", hint="cd elsewhere, or use -C")
    return found


def verb(function: Callable[..., None]) -> Callable[..., None]:
    """Give `function(run, ...)` the global options; those before the verb and after it are joined."""

    def call(ctx: typer.Context, **given: Any) -> None:
        """One call by the parser: `given` are all options and arguments, the global ones among them. Raises
        ClosedPipe when the reader of stdout has gone, else what `function` raises."""
        options = (ctx.obj or {}) | take(given)
        ctx.obj = options | {"chdir": None}  # sub-verbs inherit the rest; a relative -C holds only once
        run = Run(**options)
        run.sub_verb = ctx.invoked_subcommand
        try:
            function(run, **given)
        except BrokenPipeError:
            raise ClosedPipe from None
        finally:
            end_page()

    return with_options(update_wrapper(call, function), function)
