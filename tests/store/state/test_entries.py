"""An entry of the inbox that was written by hand may say anything: it is read whole and sound, or not at all."""

import json
from pathlib import Path
from typing import Any

import pytest

from memctl.domain.proposal import Evidence, Proposal, Target, identified
from memctl.store.state import entries
from memctl.store.state.entries import Approval, Entry

PROPOSAL = identified(
    Proposal("", "update", "crane", "project", "Colour", "It is teal.\n", (Evidence("t1", "it is teal"),), "person",
             targets=(Target("crane", "sha256:0"),), session="s1", created=1_795_000_000.0)
)  # fmt: skip


@pytest.fixture
def written(tmp_path: Path) -> Path:
    entries.write(str(tmp_path), Entry(PROPOSAL, approval=Approval(1.0, "sha256:1", "sha256:0")))
    return Path(entries.path(str(tmp_path), PROPOSAL.id))


def test_what_is_written_is_read(written: Path) -> None:
    found = entries.read(str(written))
    assert found is not None
    assert found.proposal == PROPOSAL


@pytest.mark.parametrize(
    ("place", "key", "value"),
    [
        ("proposal", "session", 5),
        ("proposal", "session", "s1\nMemctl-Actor: person"),
        ("proposal", "created", 10**400),
        ("proposal", "created", float("nan")),
        ("proposal", "body", "a\ud800b"),
        ("proposal", "body", ""),
        ("proposal", "type", "nons\nfoo: bar"),
        ("proposal", "description", "a line\npinned: true"),
        ("proposal", "tier", "nonsense: x"),
        ("proposal", "name", "harmless"),
        ("proposal", "operation", "destroy"),
        ("proposal", "targets", []),
        ("proposal", "origin", "root"),
        ("", "later", float("inf")),
        ("approval", "at", "soon"),
        ("approval", "at", float("nan")),
        ("approval", "at", None),
        ("approval", "after", None),
        ("approval", "after", 5),
        ("approval", "actor", None),
        ("", "schema", 3),
    ],
)
def test_what_does_not_hold_together_is_no_entry(written: Path, place: str, key: str, value: Any) -> None:
    content = json.loads(written.read_text())
    (content[place] if place else content)[key] = value
    written.write_text(json.dumps(content))
    assert entries.read(str(written)) is None
