"""Whatever writes memories keeps the same promises: known project, true actor and origin, no secret, undo."""

from pathlib import Path

import pytest

from tests.doors.imports import callers, importers, users
from tests.doors.table import WRITERS, Writer
from tests.doors.world import AGENT, WORDS, World, harmless, saying, secret
from tests.kit.warm import Warm

every = pytest.mark.parametrize("writer", WRITERS, ids=str)
recorded = pytest.mark.parametrize("writer", [w for w in WRITERS if w.actors], ids=str)
creating = pytest.mark.parametrize("writer", [w for w in WRITERS if w.new], ids=str)
by_whom = pytest.mark.parametrize("by", ["person", "agent"])
given = pytest.mark.parametrize(("writer", "slot"), [(w, s) for w in WRITERS for s in w.slots], ids=str)

WRITER_MODULES: dict[str, tuple[str, ...]] = {
    "memctl.cli.erasing": ("forget --for-good", "forget --secret"),
    "memctl.cli.restoring": ("restore --from",),
    "memctl.cli.run": ("doctor --fix interrupted",),  # finishes what a killed command left, before any verb
    "memctl.cli.verbs.arrange": ("mv", "forget", "restore"),
    "memctl.cli.verbs.conflicts": ("conflicts --as replace", "conflicts --as narrow"),
    "memctl.cli.verbs.doctor": ("doctor --fix orphan", "doctor --fix kept"),
    "memctl.cli.verbs.enrich": ("enrich --write", "enrich --from --write"),
    "memctl.cli.verbs.history": ("undo", "redo"),
    "memctl.cli.verbs.index": ("index",),
    "memctl.cli.verbs.tier": ("tier", "pin"),
    "memctl.cli.verbs.save": ("save", "save --when", "save --narrows", "save --update", "edit"),
    "memctl.cli.write": ("save",),
    "memctl.services.backup.packing": ("restore --from",),  # records what was changed outside first
    "memctl.services.backup.restoring": ("restore --from",),
    "memctl.services.doctor.fix": ("doctor --fix interrupted", "doctor --fix kept"),
    "memctl.services.projects.adoption": ("project adopt", "project mv"),
    "memctl.services.projects.copying": ("cp",),
    "memctl.services.projects.moving": ("project adopt", "project mv"),
    "memctl.services.projects.placement": ("undo", "redo"),
    "memctl.services.projects.turning": ("undo", "redo"),
    "memctl.services.review.approvals": ("review --accept", "policy"),
    "memctl.services.review.settlement": ("review --editor",),
    "memctl.services.review.verdicts": ("review --accept", "policy"),
    "memctl.services.write.undo": ("undo", "redo", "restore"),
    "memctl.tools.mcp": ("mcp save",),
    "memctl.tools.memory_files": (
        "tool create",
        "tool str_replace",
        "tool insert",
        "tool delete",
        "tool rename",
    ),
}
"""Each module that writes through the door, and the names of the rows of `WRITERS` that drive it."""


@pytest.fixture
def world(tmp_path: Path, warm: Warm) -> World:
    return World.make(tmp_path, warm)


def ran(world: World, writer: Writer, by: str = "person") -> str:
    """Run `writer` with harmless texts after its preparation, make sure it did something; returns stderr."""
    writer.prepare(world)
    world.mark()
    result = writer.run(world, harmless, **(AGENT if by == "agent" else {}))
    assert result.code in ((0, 1) if writer.name.startswith("doctor") else (0,)), result.out + result.err
    if writer.moves:
        assert (world.directory / "crane.md").is_file(), "the memory did not come along"
    else:
        assert world.changed(), f"nothing was written\n{result.out}{result.err}"
    return result.err


@every
def test_its_project_is_known_afterwards(world: World, writer: Writer) -> None:
    writer.prepare(world)
    if not writer.moves:
        world.unregister()
    world.mark()
    result = writer.run(world, harmless)
    assert writer.moves or world.changed(), result.out + result.err
    assert world.roots() == [str(world.root)]


@by_whom
@recorded
def test_the_history_names_who_did_it(world: World, writer: Writer, by: str) -> None:
    ran(world, writer, by)
    assert writer.actors
    assert [c["actor"] for c in world.changes()] == [writer.actors[by == "agent"]]


@by_whom
@creating
def test_a_new_memory_says_whose_words_it_has(world: World, writer: Writer, by: str) -> None:
    ran(world, writer, by)
    assert writer.new not in world.before
    shown = world.snapshot()[writer.new].decode().splitlines()
    assert [line for line in shown if line.startswith("  origin:")] == [
        f"  origin: {writer.origins[by == 'agent']}"
    ]


@given
def test_a_secret_is_refused_and_kept_nowhere(
    world: World, writer: Writer, slot: str, request: pytest.FixtureRequest
) -> None:
    token = secret(request.node.nodeid)
    writer.prepare(world)
    world.mark()
    result = writer.run(world, saying(slot, token))
    said = result.out + result.err
    assert token not in said
    assert writer.names_undo or "allow" not in said, "no model is told what lets a secret pass"
    if writer.refusal == "exit 5":
        assert result.code == 5, said
    elif writer.refusal == "answer":
        assert "looks like" in said or "secret" in said, said
    else:
        assert result.code == 0, said
    if writer.refusal != "left out":
        assert not world.changed()
        assert world.changes() == []
    assert world.holds(token) == []


@given
def test_the_same_call_without_a_secret_goes_through(world: World, writer: Writer, slot: str) -> None:
    """The refusal is of the secret and of nothing else: other words in its place are taken."""
    used: list[str] = []

    def say(at: str, text: str) -> str:
        used.append(at)
        if at != slot or at == "remote":
            return text
        return "a-word-of-its-place" if at in WORDS else f"{text.rstrip(' .')} as everywhere else."

    writer.prepare(world)
    world.mark()
    result = writer.run(world, say)
    assert slot in used, "the row never says it"
    assert result.code == 0, result.out + result.err
    assert writer.moves or world.changed(), result.out + result.err


LEAK = "leak"
"""A memory with a secret in its description that a person wrote by hand."""


def plant_leak(world: World, token: str) -> None:
    world.plant(LEAK, f"CI logs in with {token}", "It does so every night.\n")
    world.planted += [world.directory / "renamed-leak.md"]


@recorded
def test_no_secret_of_a_memory_beside_it_is_copied(
    world: World, writer: Writer, request: pytest.FixtureRequest
) -> None:
    token = secret(request.node.nodeid)
    writer.prepare(world)
    plant_leak(world, token)
    world.mark()
    result = writer.run(world, harmless)
    assert world.changed(), result.out + result.err
    assert world.holds(token, history=False) == []


OF_IT: dict[str, tuple[tuple[str, ...], ...]] = {
    "mv": (("mv", LEAK, "renamed-leak"),),
    "undo of mv": (("mv", LEAK, "renamed-leak"), ("undo",)),
    "restore": (("forget", LEAK), ("restore", LEAK)),
    "undo of forget": (("forget", LEAK), ("undo",)),
    "save --update": (("save", "It does so at noon.", "--update", "--name", LEAK),),
    "tool insert": (
        ("tool", '{"command": "insert", "path": "/memories/leak.md", "insert_line": 0, "insert_text": "x"}'),
    ),
    "enrich --write": (("enrich", "--write"),),
    "index": (("index",),),
    "doctor --fix": (("doctor", "--fix"),),
}
"""What is done with the memory that has the secret, a command after the other."""


@pytest.mark.parametrize("listed", [True, False], ids=["listed", "unlisted"])
@pytest.mark.parametrize("commands", OF_IT.values(), ids=OF_IT)
def test_no_secret_of_a_memory_reaches_what_is_written_of_it(
    world: World, commands: tuple[tuple[str, ...], ...], listed: bool, request: pytest.FixtureRequest
) -> None:
    """A command may refuse such a memory; where the index points to it, the secret is not repeated.

    The index has a pointer that a person worded, or none, so that one has to be made.
    """
    token = secret(request.node.nodeid)
    plant_leak(world, token)
    if listed:
        world.point(f"- [Leak]({LEAK}.md) — How CI logs in")
    model = world.model({"memories": [{"id": 1, "prompts": ["where does the nightly job log in"]}]})
    for command in commands:
        result = world.cli(*command, code=None, **model)
        assert result.code in (0, 1, 5), result.err
        assert token not in result.out + result.err
    assert world.holds(token, history=False) == []
    name = "renamed-leak" if (world.directory / "renamed-leak.md").exists() else LEAK
    if listed or commands[-1][0] in ("index", "doctor"):
        assert f"({name}.md)" in (world.directory / "MEMORY.md").read_text()


@recorded
def test_undo_is_named_and_gives_the_former_bytes_back(world: World, writer: Writer) -> None:
    said = ran(world, writer)
    if writer.names_undo:
        assert f"memctl {writer.back}" in said
    if writer.for_good:
        assert "cannot be undone" in said
        world.cli("undo", code=3)
        return
    world.cli(writer.back)
    assert world.snapshot() == world.before


def test_every_module_that_writes_has_a_row() -> None:
    door = "memctl.services.write.door"
    found = importers(door) | importers("memctl.cli.write") | users("door", "cli")
    assert found, f"nothing imports {door}"
    unknown = sorted(found - set(WRITER_MODULES))
    assert not unknown, f"add a row to WRITERS and to WRITER_MODULES for {', '.join(unknown)}"
    gone = sorted(set(WRITER_MODULES) - found)
    assert not gone, f"no longer imports the door, take it out of WRITER_MODULES: {', '.join(gone)}"
    rows = {writer.name for writer in WRITERS}
    for module, covering in WRITER_MODULES.items():
        assert covering, f"{module} needs at least one row that drives it"
        assert set(covering) <= rows, f"{module}: no such row: {set(covering) - rows}"


def test_only_going_back_is_unguarded_and_only_the_door_says_what_was_examined() -> None:
    assert callers("", "unguarded") == {
        "memctl.services.backup.restoring",
        "memctl.services.write.door",
        "memctl.services.write.undo",
    }
    assert callers("Examined") == {"memctl.services.write.door"}
