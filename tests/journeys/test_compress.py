"""`compress`: a shorter body with proof, the full text a command away."""

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.doors.world import AGENT, World
from tests.kit.warm import Warm

BODY = """Deploy on Node 22 because the bank is closed on Monday. Never push to `main` without a review by Anna Kowalska.
Deploy on Node 22 because the bank is closed on Monday.

## Background

We talked about the harbour office for a while that morning. The limit is 1,000 rows; see src/app/limits.py.
Releases go out from the blue machine under the stairs. The tide tables come from the county every spring season.
Somebody has to look at the queue before lunch. The crane driver likes long breakfasts with his cousins.

## Log

```
{}
```
""".format("\n".join(f"12:00:{n:02} gull {n} landed on the roof" for n in range(40)))


@pytest.fixture
def world(tmp_path: Path, warm: Warm) -> World:
    made = World.make(tmp_path, warm)
    made.cli("save", "-", "--name", "release", "--description", "How releases go out", stdin=BODY)
    return made


def shortened(world: World, *more: str) -> str:
    """Compress and accept; the file's text afterwards."""
    found = world.cli("compress", "release", "--json", *more).json["proposals"]
    world.cli("review", "--accept", found[0]["id"])
    return (world.directory / "release.md").read_text()


def whole(world: World, name: str = "release") -> str:
    return world.cli("show", name, "--full", "--json").json["memories"][0]["body"]


def test_a_shorter_body_is_proposed_with_what_it_keeps_and_loses(world: World) -> None:
    before = (world.directory / "release.md").read_text()
    done = world.cli("compress", "release", "--to", "100", "--json").json
    (found,) = done["proposals"]
    assert (world.directory / "release.md").read_text() == before
    assert found["operation"] == "update"
    assert found["tokens"]["after"] < found["tokens"]["before"] / 2
    kept = found["coverage"]
    for exact in ("numbers", "identifiers", "negations"):
        assert kept[exact]["kept"] == kept[exact]["total"] > 0
    assert len(kept["blocks"]["lost"]) == 39
    assert found["body"].count("Deploy on Node 22") == 1
    assert "[… 39 more lines in the full text]" in found["body"]
    shown = world.cli("review", "--show", found["id"])
    assert "keeps numbers" in shown.out
    assert "lost (blocks): 12:00:07 gull 7 landed on the roof" in shown.out
    listed = world.cli("review", "--list", "--json").json["proposals"][0]
    assert listed["coverage"] == kept


def test_what_loses_something_is_not_accepted_in_bulk_and_what_loses_nothing_is(world: World) -> None:
    world.cli("compress", "release")
    assert "approval needed" in world.cli("review", "--accept", "all", code=5).err
    twice = "Gulls land on the roof at 7 am. Gulls land on the roof at 7 am.\n"
    world.cli("save", twice, "--name", "gulls", "--description", "When gulls land")
    world.cli("compress", "gulls")
    world.cli("review", "--accept", "all")
    assert (world.directory / "gulls.md").read_text().count("Gulls land") == 1
    assert [p["name"] for p in world.waiting()] == ["release"]


def test_the_full_text_stays_reachable_after_mv_undo_edits_and_a_restored_backup(world: World) -> None:
    before = (world.directory / "release.md").read_text()
    text = shortened(world)
    assert "full: sha256:" in text
    assert whole(world) == BODY
    assert [line for line in text.splitlines() if "modified:" in line] == [
        line for line in before.splitlines() if "modified:" in line
    ]
    world.cli("mv", "release", "shipping")
    assert whole(world, "shipping") == BODY
    world.cli("save", "--update", "--name", "shipping", "Ships at dawn.")
    assert whole(world, "shipping") == BODY
    world.cli("undo", "2")
    backup = world.top / "all.memctl"
    world.cli("backup", str(backup))
    shutil.rmtree(world.directory)
    shutil.rmtree(world.state)
    world.cli("restore", "--from", str(backup))
    assert whole(world) == BODY
    world.cli("undo")
    assert (world.directory / "release.md").read_text() == before
    said = world.cli("show", "release", "--full")
    assert "is not shortened" in said.err
    world.cli("redo")
    assert whole(world) == BODY


def test_erased_for_good_the_full_text_is_gone_too_and_without_a_value_it_is_still_found(
    world: World,
) -> None:
    shortened(world)
    world.cli("forget", "--secret", "-", "--yes", stdin="the harbour office\n")
    assert whole(world) == BODY.replace("the harbour office", "_erased_")
    world.cli("forget", "--for-good", "release", "--yes")
    assert world.holds("county every spring") == []
    world.cli("show", "release", "--full", code=3)


def test_a_history_that_does_not_have_it_is_said(world: World) -> None:
    text = shortened(world)
    here = (world.directory / "release.md").read_bytes()
    world.cli("forget", "--for-good", "release", "--yes")
    (world.directory / "release.md").write_bytes(here)
    assert "full" in text
    assert "not in the history" in world.cli("show", "release", "--full", code=3).err


def test_what_is_left_alone_is_said(world: World) -> None:
    world.cli("save", BODY.replace("Deploy", "Steer"), "--name", "pinned", "--pin", "--force")
    world.cli("save", "Ships at dawn.", "--name", "short")
    world.cli("save", "The crane at pier 4 is painted teal.", "--name", "dense")
    world.cli("save", "The old crane is at pier 3.", "--name", "old")
    world.cli("save", "Cranes are at pier 5.", "--name", "new", "--supersedes", "old", "--force")
    shortened(world)
    done = world.cli("compress", "pinned", "short", "dense", "old", "release", "--to", "5", "--json").json
    said = {one["name"]: one["reason"] for one in done["left"]}
    assert done["proposals"] == []
    assert said["pinned"] == "is pinned"
    assert said["old"] == "was replaced by new"
    assert said["short"].startswith("is short enough")
    assert said["dense"] == "holds nothing that may go without a loss"
    assert said["release"].startswith("is shortened already")


def test_one_that_was_changed_since_is_not_written_over(world: World) -> None:
    (found,) = world.cli("compress", "release", "--json").json["proposals"]
    file = world.directory / "release.md"
    file.write_text(file.read_text() + "\nThe gate code is on the board.\n")
    shown = world.cli("review", "--show", found["id"])
    assert "was changed since; compress it anew" in shown.out
    again = world.cli("compress", "release", "--json").json["proposals"]
    assert [p["id"] for p in world.waiting()] == [again[0]["id"]] != [found["id"]]
    world.cli("mv", "release", "shipping")
    assert "no memory release any more" in world.cli("review", "--show", again[0]["id"]).out


def test_a_rejected_one_comes_back_only_when_the_memory_changes(world: World) -> None:
    (found,) = world.cli("compress", "release", "--json").json["proposals"]
    world.cli("review", "--reject", found["id"])
    assert "was rejected before" in world.cli("compress", "release", "--to", "150").err
    file = world.directory / "release.md"
    file.write_text(file.read_text() + "\nThe gate code is on the board.\n")
    world.cli("compress", "release")
    assert len(world.waiting()) == 1


def test_without_git_nothing_is_proposed(world: World) -> None:
    empty = world.top / "no-git"
    empty.mkdir()
    assert "full text would be lost" in world.cli("compress", "release", code=5, PATH=str(empty)).err
    assert world.waiting() == []


def answers(world: World, body: str) -> dict[str, str]:
    """A model that answers with `body` whenever it is asked."""
    return world.model({"body": body})


GOOD = """Node 22 deploys (bank closed Monday): because the bank is closed on Monday. Never push to `main` without a review by
Anna Kowalska. Limit 1,000 rows: src/app/limits.py. Harbour office talked about that morning; releases go out from the blue
machine under the stairs; tide tables: county, every spring season; look at the queue before lunch, crane driver likes long
breakfasts.

[block 1]
"""


def test_a_model_is_asked_again_with_what_was_lost_then_refused(world: World) -> None:
    bad = GOOD.replace("1,000 rows", "some rows")
    done = world.cli("compress", "release", "--engine", "llm", code=1, **answers(world, bad))
    assert "loses numbers: 1,000 rows" in done.err
    assert world.waiting() == []
    turned = GOOD.replace("Never push", "Push").replace("Node 22", "Node 24")
    done = world.cli("compress", "release", "--engine", "llm", "--json", code=1, **answers(world, turned))
    assert done.out == ""
    assert "adds numbers: 24" in json.loads(done.err.splitlines()[-1])["error"]["message"]
    asked = (world.top / "asked").read_text()
    assert "Never push to main without a review by Anna Kowalska" in asked
    assert "gull 7 landed" not in asked


def test_what_a_model_words_is_never_accepted_in_bulk(world: World) -> None:
    done = world.cli("compress", "release", "--engine", "llm", "--json", **answers(world, GOOD)).json
    (found,) = done["proposals"]
    assert found["origin"] == "agent"
    assert "12:00:39 gull 39" in found["body"]
    assert "approval needed" in world.cli("review", "--accept", "all", code=5).err
    world.cli("review", "--accept", found["id"])
    assert whole(world) == BODY
    assert "approval needed" not in world.cli("list", **AGENT).err


def test_a_dry_run_puts_nothing_into_the_inbox_and_shows_what_a_model_would_get(world: World) -> None:
    done = world.cli("compress", "release", "--dry-run", "--json").json
    assert done["proposals"][0]["coverage"]
    shown = world.cli("compress", "release", "--dry-run", "--engine", "llm", "--json").json
    assert "[block 1]" in shown["requests"][0]["user"]
    assert world.waiting() == []


def test_detail_adds_just_the_sections_that_the_query_needs(world: World) -> None:
    shortened(world, "--to", "60")
    body = world.cli("show", "release", "--json").json["memories"][0]["body"]
    assert "gull 31" not in body
    query = ("which gull landed on the roof", "--selector", "lexical", "--detail", "1200")
    done = world.cli("recall", *query, "--json").json
    (detail,) = done["detail"]
    assert detail["name"] == "release"
    assert "gull 31" in "".join(detail["sections"])
    assert "Node 22" not in "".join(detail["sections"])
    said = world.cli("recall", *query).out
    assert "From the full text of release:" in said
    block = world.cli("context", "--for", *query).out
    assert "From the full text of release:" in block
    assert "gull 31" in block
    assert "detail" not in world.cli("recall", *query[:-1], "20", "--json").json
    world.cli("recall", *query, "-0", code=2)
    gone = ("what has the driver for breakfasts", "--selector", "lexical", "--detail", "600", "--json")
    assert "breakfasts" not in body
    assert world.cli("recall", *gone).json["detail"][0]["changed"] is False
    assert "detail" not in world.cli("recall", *gone, "--exclude", "release").json
    world.cli("save", "--update", "--name", "release", "Ships at noon.")
    assert world.cli("recall", *gone).json["detail"][0]["changed"] is True
    assert "was changed since" in world.cli("show", "release", "--full").err
    assert os.path.isfile(world.directory / "release.md")
