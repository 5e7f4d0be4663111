"""What a new fact from a session is to the memories that there are: it replaces one, stands beside one, or is
one of its own."""

from dataclasses import replace
from pathlib import Path

import pytest

from memctl.domain.proposal import Proposal, Target
from memctl.services.inbox.door import InboxDoor
from memctl.services.inbox.provenance import Stated
from memctl.services.inbox.reasons import Dropped
from memctl.store.state.resolve import Place
from tests.kit.topics import topic

NOW = 1_795_000_000.0

KNOWN = {
    "runtime": ("The ferry gateway runs on Node 20", "Since January.\n"),
    "printer": ("The ferry gateway prints tickets with Dymo", "Label size 54 mm.\n"),
    "rule": ("Never restart the ferry gateway in production without a backup", "It cost a night.\n"),
}

CASES = {
    "another value": ("The ferry gateway runs on Node 22", "", ("supersede", "runtime")),
    "ended": ("Tickets come from Zebra", "Dymo is retired, the ferry gateway prints there.", ("supersede", "printer")),
    "an exception": ("The ferry gateway runs on Node 23", "Only on the test bench.", ("annotate", "runtime")),
    "a remark about what protects": (
        "Restart the ferry gateway in production with no backup", "Ole just did it.", ("annotate", "rule"),
    ),
    "another component": ("The pilot gateway runs on Node 22", "", ("create", None)),
    "another subject": ("Berths are counted at noon", "By hand.", ("create", None)),
}  # fmt: skip


@pytest.fixture
def place(tmp_path: Path) -> Place:
    folder = tmp_path / "memory"
    folder.mkdir()
    for name, (description, body) in KNOWN.items():
        (folder / f"{name}.md").write_text(topic(name, description, body))
    return Place(str(folder), str(tmp_path), [])


def fact(description: str, body: str, engine: str = "rules") -> Proposal:
    return Proposal(
        "", "create", "new", "project", description, body or description + ".\n", (), "", engine=engine
    )


def taken(place: Place, draft: Proposal) -> tuple[str, str | None]:
    """The operation that comes of `draft`, and on which memory."""
    found = InboxDoor(place, NOW).take(draft, Stated("person", "you said so"))
    assert not isinstance(found, Dropped), found.reason
    return found.operation, next((target.name for target in found.targets), None)


@pytest.mark.parametrize("case", CASES)
def test_what_a_new_fact_is_to_the_memories(case: str, place: Place) -> None:
    description, body, expected = CASES[case]
    assert taken(place, fact(description, body)) == expected


def test_what_is_known_is_nothing_new(place: Place) -> None:
    description, body = KNOWN["runtime"]
    found = InboxDoor(place, NOW).take(fact(description, body), Stated("person", "you said so"))
    assert isinstance(found, Dropped)


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("The ferry gateway runs on Node 22", ("supersede", "runtime")),  # nothing else can be meant
        ("The ferry gateway is supposed to run with Deno or Bun", ("create", None)),
        ("The pilot gateway runs on Node 22", ("create", None)),
    ],
)
def test_a_model_that_names_no_memory_is_reminded_of_one_beyond_doubt(
    place: Place, description: str, expected: tuple[str, str | None]
) -> None:
    assert taken(place, fact(description, "", "llm")) == expected


@pytest.mark.parametrize(("old", "operation"), [("runtime", "supersede"), ("rule", "annotate")])
def test_a_model_may_replace_a_memory_but_no_rule_that_protects(
    place: Place, old: str, operation: str
) -> None:
    draft = replace(
        fact("Restart the ferry gateway at noon", "", "llm"), operation="supersede", targets=(Target(old),)
    )
    assert taken(place, draft) == (operation, old)
