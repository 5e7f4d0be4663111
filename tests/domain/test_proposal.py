"""What an operation does is said in one place, and asked there."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from memctl.domain import proposal as module
from memctl.domain.proposal import (
    KINDS,
    Evidence,
    Proposal,
    Target,
    identified,
    is_shaped,
    strongest,
    weakest,
)
from memctl.services.review import plan

PACKAGE = Path(module.__file__).parents[1]
ROOMS = ("services/inbox", "services/review", "services/learn", "store/state", "cli/screens", "cli/show")
"""Where a proposal is at home: there no operation's word is compared with anything."""


def _compared(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Each comparison with an operation's word among its constants, and the text of all its sides."""
    for node in ast.walk(tree):
        sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
        sides += [node.subject, *(c.pattern for c in node.cases)] if isinstance(node, ast.Match) else []
        found = (c.value for side in sides for c in ast.walk(side) if isinstance(c, ast.Constant))
        if any(isinstance(value, str) and value in KINDS for value in found):
            yield node, " ".join(ast.unparse(side) for side in sides)


def test_nobody_compares_the_word_of_an_operation() -> None:
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if name == "domain/proposal.py":
            continue
        at_home = name.startswith(ROOMS)
        for node, sides in _compared(ast.parse(path.read_bytes())):
            if at_home or "operation" in sides:
                wrong.append(f"{name}:{node.lineno}: {sides}")  # type: ignore[attr-defined]
    assert wrong == [], "ask `proposal.kind` instead"


def test_every_kind_can_be_planned() -> None:
    assert list(plan._PLANNERS) == [name for name, kind in KINDS.items() if not kind.is_skill]


def made(operation: str, name: str = "a", *targets: str, **more: object) -> Proposal:
    fields: dict[str, object] = {"type": "project", "description": "d", "body": "b\n", "origin": "person"}
    found = Proposal(
        "", operation, name, evidence=(Evidence("t1", "a quote"),),
        targets=tuple(Target(target) for target in targets), **{**fields, **more},  # type: ignore[arg-type]
    )  # fmt: skip
    return identified(found)


def test_what_a_proposal_touches() -> None:
    merge = made("merge", "a", "a", "b", "c")
    assert (merge.is_new, merge.superseded, merge.supersedes) == (False, ("b", "c"), None)
    assert made("merge", "new", "a", "b").is_new
    assert made("supersede", "new", "old").supersedes == "old"
    assert (made("rename", "new", "old").superseded, made("rename", "new", "old").is_new) == ((), True)
    assert (made("create").expect, made("delete", "a", "a").is_new) == (None, False)


@pytest.mark.parametrize(
    ("operation", "targets", "shaped"),
    [("create", 0, True), ("create", 1, False), ("merge", 1, False), ("merge", 3, True), ("merge", 21, False),
     ("move", 1, True), ("delete", 0, False), ("overwrite", 1, False)],
)  # fmt: skip
def test_how_many_memories_an_operation_touches(operation: str, targets: int, shaped: bool) -> None:
    assert is_shaped(operation, targets) == shaped


def test_the_id_is_of_the_content_alone() -> None:
    first = made("update", "a", "a")
    later = identified(replace(first, id="", created=5.0, session=None))
    assert later.id == first.id
    assert len(first.id) == 32
    others = [made("merge", "n", "a", "b"), made("merge", "n", "a", "c"), made("rename", "n", "a"), made("rename", "n", "b"),
              made("move", "a", "a", tier="hot"), made("move", "a", "a", tier="cold"), replace(first, why="because"), replace(first, type="user"),
              replace(first, origin="tool"), replace(first, statement="s"),
              replace(first, targets=(Target("a", "sha256:x"),))]  # fmt: skip
    assert len({identified(p).id for p in (first, *others)}) == 12


def test_the_weakest_origin_counts() -> None:
    assert weakest(["person", "tool", "agent"]) == "tool"
    assert strongest(["agent", "person", "unheard of"]) == "person"
    assert (weakest([]), weakest(["unheard of"])) == (None, None)
