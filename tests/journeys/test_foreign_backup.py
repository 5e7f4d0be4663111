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

from memctl.errors import Locked, MemctlError
from memctl.services.backup.archive import Archive
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


def test_a_backup_of_another_project_goes_in_only_where_that_is_meant(world: World) -> None:
    world.mark()
    other = {"a": {"roots": ["/elsewhere/other"], "directory": "/elsewhere/m"}}
    file = archive(world, {"projects/a/memory/owl.md": memory("owl", "It is white.")}, other)
    done = world.cli("restore", "--from", file, "--json", code=5)
    assert slug(done.err) == "other-project"
    assert "--project /elsewhere/other" in done.err
    assert "same project" in world.cli("restore", "--from", file, "--dry-run").err
    assert not world.changed()
    new = world.top / "new"
    (new / ".git").mkdir(parents=True)
    world.cli("-C", str(new), "restore", "--from", file)
    world.cli("restore", "--from", file, "--project", "/elsewhere/other")
    assert world.cli("show", "owl").code == 0


@pytest.mark.parametrize(
    "projects",
    [[1, 2], {"a": [1]}, {"a": {"commits": [["y"]]}}, {"a": {"roots": "x"}}, {"a": {"directory": 1}}, {}],
    ids=str,
)
def test_a_manifest_out_of_shape_is_refused(world: World, projects: object) -> None:
    file = archive(world, {"projects/a/memory/owl.md": memory("owl", "It is white.")}, projects)
    for more in ((), ("--all",)):
        done = world.cli("restore", "--from", file, *more, code=None)
        assert "a defect" not in done.err
        assert done.code in (0, 1, 3)
        assert "holds ," not in done.err
    assert not (world.directory / "owl.md").exists()


@pytest.mark.parametrize(
    "name", ["projects/a/memory/x.md", "projects/a/history.bundle", "x", "manifest.json"]
)
def test_a_member_that_is_longer_than_its_kind_is_not_even_read(name: str) -> None:
    class Zeros(io.RawIOBase):
        """A tar header and then zeros without end: counts what is asked of them."""

        def __init__(self) -> None:
            info = tarfile.TarInfo(name)
            info.size = 1 << 30
            self.head, self.at, self.read_bytes = info.tobuf(), 0, 0

        def seek(self, at: int, whence: int = 0) -> int:
            self.at = at
            return at

        def tell(self) -> int:
            return self.at

        def read(self, size: int = -1) -> bytes:
            self.read_bytes += size
            given = self.head[self.at : self.at + size].ljust(size, b"\0")
            self.at += size
            return given

    handle = Zeros()
    with pytest.raises(MemctlError, match="nothing was changed"):
        Archive(handle, "x")  # type: ignore[arg-type]
    assert handle.read_bytes < 4 << 20


def test_every_directory_that_memctl_wrote_to_is_in_a_backup_of_all(world: World) -> None:
    """Also one that was named: with --dir, in config.toml, or in Claude Code's settings."""
    named = world.top / "named"
    named.mkdir()
    world.cli("--dir", str(named), "save", "Told by name.", "--name", "told")
    file = world.top / "given" / "all.tar"
    world.cli("backup", "--all", str(file))
    with tarfile.open(file) as tar:
        stems = {Path(n).stem for n in tar.getnames() if "/memory/" in n}
    assert {"told", "crane"} <= stems
    (named / "told.md").unlink()
    world.cli("restore", "--from", str(file), "--all")
    assert (named / "told.md").exists()


def test_a_backup_of_nothing_is_refused_or_says_so(world: World) -> None:
    empty = world.top / "empty"
    empty.mkdir()
    elsewhere = {"MEMCTL_STATE_DIR": str(world.top / "state2"), "MEMCTL_HOME": str(world.top / "home3")}
    file = world.top / "given" / "none.tar"
    world.cli("-C", str(empty), "backup", "--all", str(file), code=3, **elsewhere)
    assert not file.exists()
    assert "no memory" in world.cli("-C", str(empty), "backup", str(file), **elsewhere).err


def test_options_that_belong_to_another_form_are_refused_and_a_dead_link_is_named(world: World) -> None:
    world.cli("restore", "crane", "--yes", code=2)
    world.cli("forget", "crane", "--yes", code=2)
    dead = world.top / "given" / "dead.tar"
    dead.symlink_to("/nowhere/x")
    assert "hint" in world.cli("backup", str(dead), code=5).err
