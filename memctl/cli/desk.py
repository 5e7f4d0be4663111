"""What the command line of `review` takes, and what it asks for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from memctl.cli.complete import proposal_ids
from memctl.errors import UsageError

ALL = "all"
"""What stands for every id, after --accept and --reject."""

Ids = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ID]...",
        help="Decide on these only; with --accept or --reject more of them.",
        autocompletion=proposal_ids,
    ),
]
ListOption = Annotated[bool, typer.Option("--list", "-l", help="List what waits.")]
ShowOption = Annotated[
    str | None,
    typer.Option(
        "--show", metavar="ID", help="Show one proposal with its diff.", autocompletion=proposal_ids
    ),
]
AcceptOption = Annotated[
    list[str] | None,
    typer.Option("--accept", metavar="ID...|all", help="Accept these.", autocompletion=proposal_ids),
]
RejectOption = Annotated[
    list[str] | None,
    typer.Option("--reject", metavar="ID...|all", help="Reject these.", autocompletion=proposal_ids),
]
EditorOption = Annotated[
    bool,
    typer.Option(
        "--editor", help="Open all of it in your editor: delete a block to reject, change one to reword."
    ),
]
YesOption = Annotated[
    bool, typer.Option("--yes", "-y", help="With --editor: do not ask before it is carried out.")
]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why they are rejected.")]
FailEmptyOption = Annotated[
    bool, typer.Option("--fail-empty", help="With --list: exit 1 when nothing waits.")
]
RejectedOption = Annotated[
    bool, typer.Option("--rejected", help="With --list: what was rejected, the newest first.")
]
ReopenOption = Annotated[
    list[str] | None,
    typer.Option("--reopen", metavar="ID...", help="Take these rejections back: they wait again."),
]


@dataclass(frozen=True)
class Asked:
    """What the command line asks for: to look at proposals, or at most one verdict on them."""

    ids: Sequence[str] = ()
    list_: bool = False
    show: str | None = None
    accept: Sequence[str] = ()
    reject: Sequence[str] = ()
    reason: str = ""
    rejected: bool = False
    reopen: Sequence[str] = ()
    editor: bool = False
    yes: bool = False
    fail_empty: bool = False

    @property
    def looks(self) -> bool:
        """Whether it only shows something."""
        return self.list_ or self.show is not None

    @property
    def decides(self) -> bool:
        """Whether it says what is to become of proposals."""
        return bool(self.accept or self.reject or self.editor)

    @property
    def named(self) -> list[str]:
        """The ids that the verdict is about, `all` as it was given."""
        given = [*self.accept, *self.reject, *self.reopen, *self.ids]
        return [name for part in given for name in part.split(",") if name]

    def check(self) -> None:
        """Raise UsageError for options that do not go together."""
        if self.rejected and not self.list_:
            raise UsageError("--rejected goes with --list", hint="memctl review --list --rejected")
        if self.yes and not self.editor:
            raise UsageError("--yes goes with --editor", hint="memctl review --editor --yes")
        if self.fail_empty and not self.list_:
            raise UsageError("--fail-empty goes with --list", hint="memctl review --list --fail-empty")
        ways = (self.list_, self.show is not None, self.accept, self.reject, self.reopen, self.editor)
        if sum(map(bool, ways)) > 1:
            raise UsageError("one of --list, --show, --accept, --reject, --reopen, --editor at a time")
        if self.ids and self.looks:
            raise UsageError(
                f"{self.ids[0]}: --list takes no id and --show one",
                hint=f"memctl review --show {self.ids[0]}",
            )
