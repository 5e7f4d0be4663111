"""`backup FILE` and `restore --from FILE`: everything comes back, a hostile archive changes nothing."""

import gzip
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.doors.table import STATEMENT
from tests.doors.world import World
from tests.kit.warm import Warm


@pytest.fixture
def world(tmp_path: Path, warm: Warm) -> World:
    return World.make(tmp_path, warm)


def grown(world: World) -> Path:
    """A history with an undo, a proposal that waits, one rejected, one accepted, queries; backed up."""
    cli = world.cli
    cli("save", "Dogs sleep in the shed.", "--name", "dogs")
    cli("save", "Dogs sleep in the barn.", "--name", "dogs", "--update")
    cli("save", "Cats sleep on the roof.", "--name", "cats")
    cli("mv", "cats", "kittens")
    said = (STATEMENT, "Always name branches after the ticket.", "Never push to main on Fridays.")
    cli("extract", str(world.session(*(("user", text) for text in said))), "--engine", "rules")
    first, second, *_ = world.waiting()
    cli("review", "--reject", first["id"])
    cli("review", "--accept", second["id"])
    answer = {"memories": [{"id": 1, "prompts": ["where do the animals sleep"]}]}
    cli("enrich", "dogs", **world.model(answer))
    file = world.top / "given" / "b.tar.gz"
    cli("backup", str(file))
    return file


def seen(world: World) -> dict[str, Any]:
    """All that a user sees of a project."""
    cli = world.cli
    state = next(p.parent for p in world.state.glob("stores/*/project"))
    kept = ("tombstones", "inbox/decided", "cursors")
    return {
        "memories": world.snapshot(),
        "log": cli("log", "--json").json["changes"],
        "inbox": world.waiting(),
        **{k: {p.name: p.read_bytes() for p in (state / k).iterdir() if p.is_file()} for k in kept},
        "queries": sorted(json.loads(line)["key"] for line in (state / "anticipated.jsonl").open()),
    }


def lose_all(world: World) -> None:
    shutil.rmtree(world.directory)
    for name in ("state", "cache"):
        shutil.rmtree(world.top / name)


def test_everything_comes_back_where_all_was_lost(world: World) -> None:
    file = grown(world)
    before = seen(world)
    assert file.stat().st_mode & 0o777 == 0o600
    lose_all(world)
    world.cli("restore", "--from", str(file))
    assert seen(world) == before
    assert [
        f for f in world.cli("doctor", "--json", code=None).json["findings"] if f["severity"] == "error"
    ] == []
    assert world.cli("restore", "--from", str(file)).lines == []
    assert seen(world) == before
    world.cli("undo")


def test_what_changed_since_is_replaced_by_one_change_that_undo_takes_back(world: World) -> None:
    file = grown(world)
    (world.directory / "dogs.md").write_text("Dogs moved out, says somebody else.\n")
    world.cli("forget", "kittens")
    world.cli("save", "Owls sleep in the oak.", "--name", "owls")
    before = world.snapshot()
    would = world.cli("restore", "--from", str(file), "--dry-run", "--json").json["projects"][0]
    assert (would["new"], would["changed"]) == (["kittens.md"], ["dogs.md"])
    assert world.snapshot() == before
    world.cli("restore", "--from", str(file))
    assert "barn" in world.cli("show", "dogs").out
    assert world.cli("show", "kittens", "owls").code == 0
    assert world.cli("log", "--json").json["changes"][0]["verb"] == "restore"
    world.cli("undo")
    assert world.snapshot() == before


def test_a_history_that_went_another_way_is_joined_with_all_that_was_rejected(world: World) -> None:
    file = grown(world)
    commits = [c["commit"] for c in world.cli("log", "--json").json["changes"]]
    lose_all(world)
    world.cli("save", "Dogs sleep at the neighbour's.", "--name", "dogs")
    world.cli("extract", str(world.session(("user", "Always feed the owls at dusk."))), "--engine", "rules")
    world.cli("review", "--reject", world.waiting()[0]["id"])
    own = world.cli("log", "--json").json["changes"]
    world.cli("restore", "--from", str(file))
    after = world.cli("log", "--json").json["changes"]
    assert own[0] in after
    assert {*commits} <= {c["commit"] for c in after}
    assert len(world.cli("log", "kittens", "--json").json["changes"]) > 1
    assert "neighbour" in world.cli("show", "dogs", "--at", own[0]["commit"]).out
    waiting = world.waiting()
    said = (STATEMENT, "Always feed the owls at dusk.", "Never push to main on Fridays.")
    world.cli("extract", str(world.session(*(("user", text) for text in said))), "--engine", "rules")
    assert world.waiting() == waiting, "what either had rejected is not proposed again"
    world.cli("undo")
    assert "neighbour" in world.cli("show", "dogs").out
    world.cli("redo")
    assert world.cli("restore", "dogs", "--at", commits[-1]).code == 0
    assert "shed" in world.cli("show", "dogs").out


def test_all_projects_go_where_they_were_and_the_others_are_listed(world: World) -> None:
    grown(world)
    other = world.top / "project-two"
    (other / ".git").mkdir(parents=True)
    world.cli("-C", str(other), "save", "The other one.", "--name", "other")
    directory = Path(world.cli("-C", str(other), "path").lines[0])
    file = str(world.top / "given" / "all.tar")
    world.cli("backup", file, "--all")
    before = world.snapshot()
    shutil.rmtree(directory)
    lose_all(world)
    world.cli("restore", "--from", file)
    assert world.snapshot() == before
    shutil.rmtree(other)
    done = world.cli("restore", "--from", file, "--all")
    assert f"{other} is not on this machine" in done.err
    assert not directory.exists()
    new = world.top / "three"
    (new / ".git").mkdir(parents=True)
    world.cli("-C", str(new), "restore", "--from", file, code=3)
    world.cli("-C", str(new), "restore", "--from", file, "--project", str(other))
    assert [m["name"] for m in world.cli("-C", str(new), "list", "--json").json["memories"]] == ["other"]
    world.cli("-C", str(new), "restore", "--from", file, "--project", "/nowhere", code=3)


def test_a_directory_named_with_dir_is_backed_up_and_restored(world: World) -> None:
    named = ("--dir", str(world.top / "named"))
    world.cli(*named, "init")
    world.cli(*named, "save", "Told by name.", "--name", "told")
    world.cli("save", "The project's own.", "--name", "own")
    file = str(world.top / "given" / "named.tar")
    world.cli(*named, "backup", file, "--all")
    before = world.cli(*named, "log", "--json").json
    shutil.rmtree(named[1])
    lose_all(world)
    world.cli(*named, "restore", "--from", file)
    assert "Told by name." in world.cli(*named, "show", "told").out
    assert world.cli(*named, "log", "--json").json == before
    assert not (Path(named[1]) / "own.md").exists()
    world.cli("restore", "--from", file)
    assert "own" in world.cli("show", "own").out


def test_settings_come_only_when_they_are_asked_for(world: World) -> None:
    world.configure("daily_cap_usd = 2.0\n")
    file = str(grown(world))
    world.configure("limit = 3\n")
    config = world.top / "config" / "config.toml"
    world.cli("restore", "--from", file)
    assert config.read_text() == "limit = 3\n"
    world.cli("restore", "--from", file, "--settings", code=5)
    world.cli("restore", "--from", file, "--settings", "--yes")
    assert config.read_text() == "daily_cap_usd = 2.0\n"
    assert [p.read_text() for p in config.parent.glob("config.toml.before-*")] == ["limit = 3\n"]


def test_it_is_read_by_tar_and_git_and_goes_to_stdout(world: World) -> None:
    file = grown(world)
    out = world.top / "given" / "out"
    out.mkdir()
    unpack = (
        ("tar", "-xzf", file, "-C", out)
        if shutil.which("tar")
        else (sys.executable, "-m", "tarfile", "-e", file, out)
    )
    subprocess.run(unpack, check=True)
    bundle = next(out.rglob("history.bundle"))
    subprocess.run(["git", "clone", "-q", "-b", "main", bundle, out / "clone"], check=True)
    assert "barn" in (out / "clone" / "dogs.md").read_text()
    raw = world.cli("backup", "-").raw
    lose_all(world)
    world.cli("restore", "--from", "-", stdin=raw)
    assert "barn" in world.cli("show", "dogs").out
    notes = world.given("notes.tar", "mine")
    world.cli("backup", str(notes), code=5)
    assert notes.read_text() == "mine"
    world.cli("backup", str(file))


Parts = list[tuple[tarfile.TarInfo, bytes]]


def info(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", size: int = 4) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.size = kind, link, size if kind == tarfile.REGTYPE else 0
    return made


def listed(parts: Parts, name: str, content: bytes) -> Parts:
    """An honest manifest for a member of a dishonest name."""
    manifest = json.loads(parts[-1][1])
    manifest["members"][name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    raw = json.dumps(manifest).encode()
    return [
        *parts[:-1],
        (info(name, size=len(content)), content),
        (info("manifest.json", size=len(raw)), raw),
    ]


def top(parts: Parts) -> str:
    return "/".join(parts[0][0].name.split("/")[:2])


SPOILT: dict[str, Callable[[Parts], Parts]] = {
    "link": lambda p: [(info("x.md", tarfile.SYMTYPE, "/etc/passwd"), b""), *p],
    "hard link": lambda p: [(info("x.md", tarfile.LNKTYPE, "/etc/passwd"), b""), *p],
    "device": lambda p: [(info("x.md", tarfile.CHRTYPE), b""), *p],
    "absolute": lambda p: [(info("/tmp/x.md"), b"evil"), *p],
    "above": lambda p: [(info("projects/../../x.md"), b"evil"), *p],
    "above, listed": lambda p: listed(p, f"{top(p)}/memory/../../x.md", b"evil"),
    "twice": lambda p: [*p[:1], *p],
    "not listed": lambda p: [(info("x.md"), b"evil"), *p],
    "changed": lambda p: [(p[0][0], b"x" * len(p[0][1])), *p[1:]],
    "missing": lambda p: p[1:],
    "no manifest": lambda p: p[:-1],
    "no topic": lambda p: listed(p, f"{top(p)}/memory/run.sh", b"evil"),
    "hidden": lambda p: listed(p, f"{top(p)}/memory/.git/x.md", b"evil"),
    "bundle": lambda p: listed(
        [q for q in p if "bundle" not in q[0].name], f"{top(p)}/history.bundle", b"evil"
    ),
}


def test_a_damaged_or_hostile_archive_is_refused_and_loses_nothing(world: World) -> None:
    file = grown(world)
    world.cli("forget", "kittens")
    before, log = world.snapshot(), world.cli("log", "--json").raw
    raw = gzip.decompress(file.read_bytes())
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        parts = [(member, tar.extractfile(member).read()) for member in tar]  # type: ignore[union-attr]
    bad = world.top / "given" / "bad.tar"
    archives = {
        "cut": raw[: len(raw) // 2],
        "text": b"hello",
        "empty": b"",
        "gzip cut": file.read_bytes()[:900],
    }
    bomb = io.BytesIO()
    with gzip.GzipFile(fileobj=bomb, mode="wb", compresslevel=1) as packed:
        header = info("pax", size=1 << 33)
        header.type = tarfile.XHDTYPE
        packed.write(header.tobuf())
        packed.write(b"0" * (1 << 20))
    archives["bomb"] = bomb.getvalue()
    for name, spoil in SPOILT.items():
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for member, content in spoil(parts):
                fresh = info(member.name, member.type, member.linkname, len(content))
                tar.addfile(fresh, io.BytesIO(content))
        archives[name] = made.getvalue()
    for name, content in archives.items():
        bad.write_bytes(content)
        done = world.cli("restore", "--from", str(bad), code=None)
        assert done.code in (1, 5), (name, done.code, done.err)
        assert "a defect" not in done.err, (name, done.err)
        assert world.snapshot() == before, name
    assert world.cli("log", "--json").raw == log
    world.cli("restore", "--from", str(file))
    assert world.cli("show", "kittens").code == 0
