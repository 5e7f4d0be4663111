"""What a statement changes of the memory that says nearly the same, and what it leaves."""

from dataclasses import replace
from pathlib import Path

import pytest

from memctl.domain.proposal import Proposal
from memctl.services.inbox.distinction import is_opposite
from memctl.services.inbox.door import InboxDoor
from memctl.services.inbox.provenance import Stated
from memctl.services.inbox.reasons import Dropped
from memctl.store.state.resolve import Place
from tests.kit.topics import topic

SUBJECT = "How long everything is kept"
LOGS = "Keep the logs of staging for 30 days."
BACKUPS = "Backups stay for a year."
TESTS = "Tests of the repository layer need a database"


def found(tmp_path: Path, description: str, body: str, said: str) -> Proposal:
    """What the statement `said` becomes beside one memory, `known`."""
    (tmp_path / "known.md").write_text(topic("known", description, body))
    draft = Proposal("", "create", "new", "feedback", said, f"{said}\n", (), "", engine="rules")
    taken = InboxDoor(Place(str(tmp_path), "", []), 1_795_000_000.0).take(draft, Stated("person", ""))
    assert not isinstance(taken, Dropped), taken.reason
    return taken


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SUBJECT, SUBJECT),
        (LOGS, "Keep the logs of staging for 90 days."),  # it is what changes
        ("known", "Keep the logs of staging for 90 days."),  # it says nothing
    ],
)
def test_an_update_keeps_the_description_that_it_does_not_change(
    tmp_path: Path, before: str, after: str
) -> None:
    proposal = found(tmp_path, before, f"{LOGS}\n\n{BACKUPS}\n", "Keep the logs of staging for 90 days.")
    assert (proposal.operation, proposal.description) == ("update", after)
    assert proposal.body == f"Keep the logs of staging for 90 days.\n\n{BACKUPS}\n"


@pytest.mark.parametrize(
    ("body", "said", "operation"),
    [
        ("Don't mock the database; start testcontainers.\n", "Don't start testcontainers by hand.", "create"),
        (f"Keep all logs of staging for 30 days.\n\n{BACKUPS}\n", "Don't keep all logs of staging for 30 days.", "create"),
        (f"Always run gofumpt before you commit Go code.\n\n{BACKUPS}\n", "Always run golines before you commit Go code.", "create"),
        (f"{LOGS}\n\n{BACKUPS}\n", "Keep the logs of staging for 90 days.", "update"),
    ],
)  # fmt: skip
def test_another_polarity_or_object_is_not_nearly_the_same(
    tmp_path: Path, body: str, said: str, operation: str
) -> None:
    proposal = found(tmp_path, TESTS, body, said)
    assert proposal.operation == operation
    if operation == "create":
        assert proposal == replace(proposal, name="new", description=said, body=f"{said}\n", targets=())


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        ("Don't use npm, use pnpm.", "Use pnpm, not npm.", False),
        ("Use pnpm.", "Use pnpm instead of npm.", False),
        ("Never deploy on a Friday.", "Don’t deploy on a Friday.", False),
        ("Never deploy without a review.", "Deploy after a review.", False),
        ("Never deploy on a Friday.", "Deploy on a Friday.", True),
        ("Avoid deploying from a laptop", "Our deploying from a laptop is fine", True),
        ("Committe das Lockfile nie", "Committe das Lockfile", True),
        ("Use tabs.", "Do not deploy on a Friday.", False),
    ],
)
def test_who_denies_most_of_what_another_says_says_the_opposite(new: str, old: str, expected: bool) -> None:
    assert is_opposite(new, old) is expected
