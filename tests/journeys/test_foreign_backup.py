"""`restore --from` an archive that somebody else made: it gives nobody authority, and nothing passes unsaid."""

import base64
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from memctl.errors import Locked
from memctl.store.disk import files, lock
from memctl.store.state import entries, holdings
from memctl.store.state.inbox import Inbox
from tests.doors.world import AGENT, World
from tests.kit.warm import Warm
from tests.store.state.test_entries import PROPOSAL

TOKEN = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


@pytest.fixture
def world(tmp_path: Path, warm: Warm) -> World:
    made = World.make(tmp_path, warm)
    made.cli("save", "The crane is painted teal.", "--name", "crane")
    return made


def memory(name: str, body: str, origin: str = "person") -> bytes:
    head = f'---\nname: {name}\ndescription: "what {name} is"\nmetadata:\n  type: user\n  origin: {origin}\n---\n'
    return f"{head}{body}\n".encode()


def archive(world: World, members: Mapping[str, bytes], projects: object = None, name: str = "x.tar") -> str:
    """The path of an archive that is whole, with `members` and `projects` in its manifest."""
    listed = {k: {"size": len(v), "sha256": hashlib.sha256(v).hexdigest()} for k, v in members.items()}
    about = {"a": {"roots": [str(world.root)]}} if projects is None else projects
    manifest = json.dumps({"schema": 1, "made": "", "projects": about, "members": listed}).encode()
    path = world.top / "given" / name
    with tarfile.open(path, "w") as tar:
        for member, content in {**members, "manifest.json": manifest}.items():
            info = tarfile.TarInfo(member)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return str(path)


def slug(error: str) -> Any:
    return json.loads(error)["error"]["slug"]


def test_an_agent_restores_no_backup_and_gives_itself_no_right(world: World) -> None:
    config = b"agents_accept = true\nagents_erase = true\n"
    file = archive(world, {"config.toml": config, "projects/a/memory/owl.md": memory("owl", "It is white.")})
    world.configure("limit = 3\n")
    world.mark()
    own = (world.top / "config" / "config.toml").read_bytes()
    for more in ((), ("--settings", "--yes"), ("--all",), ("--settings", "--dry-run")):
        done = world.cli("restore", "--from", file, *more, "--json", code=5, **AGENT)
        assert slug(done.err) == "approval"
    assert not world.changed()
    assert (world.top / "config" / "config.toml").read_bytes() == own
    world.cli("restore", "--from", file, "--dry-run", **AGENT)
    assert not world.changed()
    world.configure("agents_accept = true\n")
    world.cli("restore", "--from", file, "--settings", "--yes", code=5, **AGENT)
    bad = archive(world, {"projects/a/memory/bad.md": memory("bad", TOKEN)}, name="bad.tar")
    world.cli("restore", "--from", bad, code=5, **AGENT)
    assert not world.changed()
    world.cli("restore", "--from", file, **AGENT)
    assert "origin: import" in world.cli("show", "owl", "--raw").out


def test_what_an_archive_says_of_origin_is_not_believed_and_a_secret_in_it_is_named(world: World) -> None:
    hidden = "It is\u200b\u202e white."
    members = {"owl": memory("owl", hidden), "key": memory("key", TOKEN), "tool": memory("tool", "x", "tool")}
    members |= {"plain": b"No header at all.\n"}
    file = archive(world, {f"projects/a/memory/{k}.md": v for k, v in members.items()})
    for more in (("--dry-run",), (), ()):
        done = world.cli("restore", "--from", file, *more)
        named = more or not world.directory.joinpath("owl.md").exists()
        assert ("key.md" in done.err and "owl.md" in done.err) or not named
        assert TOKEN not in done.err
    kept = {p.stem: p.read_bytes() for p in world.directory.glob("*.md")}
    assert kept["key"] == members["key"].replace(b"person", b"import")
    assert b"origin: import" in kept["owl"]
    assert (kept["tool"], kept["plain"]) == (members["tool"], members["plain"])


def test_what_the_own_history_knew_comes_back_with_its_origin(world: World) -> None:
    world.cli("save", f"The key of the shed is {TOKEN}.", "--name", "shed", "--allow-secret", "github-pat")
    before = world.snapshot()
    file = str(world.top / "given" / "own.tar")
    world.cli("backup", file)
    world.cli("forget", "shed", "crane")
    done = world.cli("restore", "--from", file)
    assert "origin: person" in world.cli("show", "shed", "--raw").out
    assert {k: v for k, v in world.snapshot().items() if "MEMORY" not in k} == {
        k: v for k, v in before.items() if "MEMORY" not in k
    }
    assert "shed.md:" not in done.err


def test_a_kept_change_of_an_archive_is_guarded_before_it_is_applied(world: World) -> None:
    def kept(name: str, body: str) -> bytes:
        content = base64.b64encode(memory(name, body)).decode()
        operation = {"file": f"{name}.md", "expect": None, "content": content}
        said = {"schema": 1, "at": 2.0, "reason": "", "verb": "save", "why": "x", "actor": "memctl"}
        more = {"session": None, "renames": [], "operations": [operation], "bringing": {"source": "/"}}
        return json.dumps(said | more).encode()

    spool = {"abcdef0123456780": kept("key", TOKEN), "abcdef0123456781": kept("owl", "It is white.")}
    file = archive(world, {f"projects/a/state/spool/{k}.json": v for k, v in spool.items()})
    world.cli("restore", "--from", file)
    done = world.cli("doctor", "--fix", code=None)
    assert "a defect" not in done.err
    assert not (world.directory / "key.md").exists()
    assert "origin: import" in world.cli("show", "owl", "--raw").out
    assert TOKEN not in done.err + done.out


def test_an_approval_in_an_archive_is_never_on_disk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A restore that is killed leaves no verdict that the next command would carry out."""
    approval = entries.Approval(1.0, "sha256:1", None)
    wanted = f"{PROPOSAL.id}.json"
    given = {f"inbox/{wanted}": entries.encode(entries.Entry(PROPOSAL, approval=approval))}
    monkeypatch.setenv("MEMCTL_STATE_DIR", str(world.state))
    written: list[bytes] = []

    def create(path: str, content: bytes) -> bool:
        with pytest.raises(Locked), lock.held(str(world.directory), "review", wait=0, name="review.lock"):
            pass
        written.append(content)
        return made(path, content)

    made = files.create_private
    monkeypatch.setattr(files, "create_private", create)
    holdings.put_back(str(world.directory), given.items(), 1.0)
    (entry,) = (entries.decode(wanted, content) for content in written)
    assert entry == entries.Entry(PROPOSAL)
    replaced = {f"inbox/{wanted}": entries.encode(entries.Entry(PROPOSAL, later=3))}
    holdings.put_back(str(world.directory), replaced.items(), 1.0)
    assert [e.later for e in Inbox(str(world.directory)).entries()[0]] == [0], "what is there stays"
