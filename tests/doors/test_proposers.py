"""Whatever proposes memories keeps the same promises: known project, true origin, one id, no secret."""

import shutil
from pathlib import Path

import pytest

from tests.doors.imports import callers, importers
from tests.doors.table import PROPOSERS, Proposer, agents_accept
from tests.doors.world import AGENT, WORDS, World, harmless, saying, secret
from tests.kit.warm import Warm

every = pytest.mark.parametrize("proposer", PROPOSERS, ids=str)
given = pytest.mark.parametrize(("proposer", "slot"), [(p, s) for p in PROPOSERS for s in p.slots], ids=str)

PROPOSER_MODULES: dict[str, tuple[str, ...]] = {
    "memctl.services.learn.extraction": (
        "extract by rules",
        "extract by model, person",
        "extract by model, agent",
        "extract by model, tool",
        "extract --git",
    ),
    "memctl.services.compress.shortening": ("compress", "compress by model"),
    "memctl.services.dream.consolidation": ("dream", "dream by model"),
    "memctl.services.inbox.describing": ("enrich", "enrich --from"),
    "memctl.services.inbox.stale": ("evidence",),
    "memctl.services.projects.moving": ("project adopt",),
    "memctl.services.session.skill_draft": ("skillify",),
    "memctl.tools.mcp": ("mcp save",),
}
"""Each module that imports the inbox's door, and the names of the rows of `PROPOSERS` that go through it."""


@pytest.fixture
def world(tmp_path: Path, warm: Warm) -> World:
    return World.make(tmp_path, warm)


def propose(world: World, proposer: Proposer) -> str:
    """Run `proposer` with harmless texts, make sure that one proposal waits; returns its id."""
    result = proposer.run(world, harmless)
    waiting = world.waiting()
    assert len(waiting) == 1, result.out + result.err
    return str(waiting[0]["id"])


@every
def test_its_project_is_known_afterwards(world: World, proposer: Proposer) -> None:
    """Looking at what `verify` found writes nothing, so a verdict on it is what has to know the project."""
    found = propose(world, proposer)
    if not list(world.state.glob("stores/*/inbox/*.json")):
        world.cli("review", "--reject", found)
    assert world.roots() == [str(world.root)]


@every
def test_it_says_whose_words_they_are(world: World, proposer: Proposer) -> None:
    found = propose(world, proposer)
    assert [(p["id"], p["origin"]) for p in world.waiting()] == [(found, proposer.origin)]


@every
def test_what_was_rejected_is_not_proposed_again(world: World, proposer: Proposer) -> None:
    found = propose(world, proposer)
    world.cli("review", "--reject", found)
    assert world.waiting() == []
    proposer.run(world, harmless)
    assert world.waiting() == []


@every
def test_what_is_proposed_twice_waits_once(world: World, proposer: Proposer) -> None:
    found = propose(world, proposer)
    assert propose(world, proposer) == found


@every
def test_the_id_depends_on_the_content_only(world: World, proposer: Proposer) -> None:
    """The same proposal has the same id on a machine that never saw it, at another time."""
    found = propose(world, proposer)
    for folder in (world.state, world.top / "cache"):
        shutil.rmtree(folder)
        folder.mkdir()
    assert propose(world, proposer) == found


@given
def test_a_secret_is_kept_nowhere(
    world: World, proposer: Proposer, slot: str, request: pytest.FixtureRequest
) -> None:
    """A second memory whose evidence changed is rejected, so that every offer is written down by now."""
    token = secret(request.node.nodeid)
    world.plant("rows", "Rows a page", "Eighty rows.\n", evidence=f"limits.py@{'1' * 40}")
    result = proposer.run(world, saying(slot, token))
    waiting = [p for p in world.waiting() if p["name"] != "rows"]
    (other,) = (p["id"] for p in world.waiting() if p["name"] == "rows")
    said = result.out + result.err + world.cli("review", "--reject", other).out
    assert slot not in proposer.drops or waiting == []
    assert token not in said
    assert world.holds(token) == []


@given
def test_the_same_call_without_a_secret_is_proposed(world: World, proposer: Proposer, slot: str) -> None:
    """What is left out is the secret and nothing else: a text of its place is proposed."""
    used: list[str] = []

    def say(at: str, text: str) -> str:
        used.append(at)
        if at != slot or at == "evidence":
            return text
        return "a-word-of-its-place" if at in WORDS else f"{text.rstrip(' .')} as everywhere else."

    result = proposer.run(world, say)
    assert slot in used
    assert len(world.waiting()) == 1, result.out + result.err


@pytest.mark.parametrize("by", ["person", "agent"])
@every
def test_the_history_names_who_accepted_it(world: World, proposer: Proposer, by: str) -> None:
    found = propose(world, proposer)
    agents_accept(world)
    world.mark()
    world.cli("review", "--accept", found, **(AGENT if by == "agent" else {}))
    assert world.changed()
    assert [c["actor"] for c in world.changes()] == ["claude-code" if by == "agent" else "memctl"]


def test_every_module_that_proposes_has_a_row() -> None:
    door = "memctl.services.inbox.door"
    found = importers(door)
    assert found, f"nothing imports {door}"
    unknown = sorted(found - set(PROPOSER_MODULES))
    assert not unknown, f"add a row to PROPOSERS and to PROPOSER_MODULES for {', '.join(unknown)}"
    gone = sorted(set(PROPOSER_MODULES) - found)
    assert not gone, f"no longer imports the door, take it out of PROPOSER_MODULES: {', '.join(gone)}"
    rows = {proposer.name for proposer in PROPOSERS}
    for module, covering in PROPOSER_MODULES.items():
        assert covering, f"{module} needs at least one row that drives it"
        assert set(covering) <= rows, f"{module}: no such row: {set(covering) - rows}"


def test_an_entry_comes_back_only_where_a_verdict_is_undone() -> None:
    assert callers("bring_back") == {"memctl.services.inbox.returned", "memctl.services.review.verdicts"}
