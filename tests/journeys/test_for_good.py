"""`forget --for-good` and `forget --secret`: no byte is left where memctl keeps things; the rest stays."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.doors.world import AGENT, World, project_git
from tests.kit.secret_samples import fill
from tests.kit.warm import Warm

TOKEN = "QUOKKA7731ZEBU"
LINE = f"The launch word of the barge is {TOKEN} at dawn."


@pytest.fixture
def world(tmp_path: Path, warm: Warm) -> World:
    made = World.make(tmp_path, warm)
    made.planted.remove(tmp_path / "tmp")
    made.planted.append(tmp_path / "asked")  # what the model was asked
    return made


def grown(world: World) -> None:
    """A memory that went through everything: updates, a rename, recall, enrichment, proposals, a spool."""
    cli = world.cli
    cli("save", "Dogs sleep in the shed.", "--name", "dogs", "--description", "Where dogs sleep")
    cli("save", LINE, "--name", f"word-{TOKEN.lower()}")
    cli("save", f"{LINE} Twice.", "--name", f"word-{TOKEN.lower()}", "--update")
    cli("mv", f"word-{TOKEN.lower()}", "launch-word")
    cli("undo")
    cli("undo")
    path = world.directory / "launch-word.md"
    path.write_text(path.read_text() + f"\nBy hand: {TOKEN} it is, mind the tide.\n")
    cli("recall", TOKEN, "--selector", "lexical")
    answer = {"memories": [{"id": 1, "prompts": [f"what is {TOKEN}", "when does the barge leave"]}]}
    cli("enrich", "launch-word", **world.model(answer))
    cli("recall", "what launches the barge", "--selector", "lexical", "--surfaced", "s1")
    said = (f"From now on always say {TOKEN} loudly when the barge leaves.", "Please always use tabs in Go.")
    cli("extract", str(world.session(*(("user", text) for text in said))), "--engine", "rules")
    cli("save", "Cats sleep on the roof.", "--name", "cats")


def test_no_byte_of_it_is_left_and_everything_else_is(world: World) -> None:
    grown(world)
    cli = world.cli
    for proposal in world.waiting():
        verdict = "--reject" if TOKEN in json.dumps(proposal) else "--accept"
        cli("review", verdict, proposal["id"])
    cli("recall", TOKEN, "--selector", "lexical")
    assert world.holds(TOKEN)
    before = [c for c in cli("log", "--json").json["changes"] if "cats.md" in c["files"]]
    done = cli("forget", "--for-good", "launch-word", "--yes")
    assert world.holds(TOKEN) == []
    assert "cannot be undone" in done.err
    log = cli("log", "--json").json["changes"]
    assert log[0]["verb"] == "erase"
    assert [{**c, "commit": ""} for c in log if "cats.md" in c["files"]] == [{**c, "commit": ""} for c in before]
    assert cli("show", "cats", "dogs").code == 0
    cli("restore", "launch-word", code=3)
    assert "cats" in (world.directory / "MEMORY.md").read_text()
    cli("undo")
    assert not any("history" in f["id"] for f in cli("doctor", "--json", code=None).json["findings"])
    said = world.session(("user", f"From now on always say {TOKEN} loudly when the barge leaves."))
    cli("extract", str(said), "--engine", "rules", "--all")
    assert world.waiting() == []


def test_a_memory_that_waits_in_the_spool_and_the_inbox_goes_too(world: World) -> None:
    grown(world)
    kept = next(world.state.glob("stores/*")) / "spool"
    kept.mkdir(mode=0o700)
    change = {"schema": 1, "at": 1.0, "reason": "disk-full", "verb": "save", "why": "", "actor": "memctl"}
    text = "VGhlIGxhdW5jaCB3b3JkIG9mIHRoZSBiYXJnZSBpcyBRVU9LS0E3NzMxWkVCVSBhdCBkYXduLg=="
    operations = [{"file": "launch-word.md", "expect": "sha256:0", "content": text}]
    (kept / "ab.json").write_text(
        json.dumps({**change, "session": None, "renames": [], "operations": operations})
    )
    world.cli("forget", "--for-good", "launch-word", "--yes")
    left = world.cli("review", "--list", "--json").json["proposals"]
    assert not list(kept.iterdir())
    assert all(TOKEN not in json.dumps(p) or "loudly" in json.dumps(p) for p in left)
