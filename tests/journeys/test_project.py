"""A project keeps its memory when its folder moves; two projects never share one silently."""

import subprocess
from pathlib import Path

import pytest

from tests.kit.cli import Memctl

AGENT = {"CLAUDECODE": "1"}
"""What Claude Code sets in the shells that it starts."""


def repository(path: Path, remote: str = "") -> Path:
    path.mkdir(parents=True)
    run = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run([*run, "init", "-q"], cwd=path, check=True)
    (path / "README").write_text(str(path))
    subprocess.run([*run, "add", "."], cwd=path, check=True)
    subprocess.run([*run, "commit", "-q", "-m", "first"], cwd=path, check=True)
    if remote:
        subprocess.run(["git", "remote", "add", "origin", remote], cwd=path, check=True)
    return path


@pytest.fixture
def moved(tmp_path: Path) -> tuple[Path, Path, bytes]:
    """A repository with a memory, renamed afterwards: its old path, its new one, the memory's bytes."""
    old, new = repository(tmp_path / "old-name"), tmp_path / "new-name"
    file = Memctl(cwd=old)("save", "The office plants are watered on Mondays", "--name", "plants").lines[0]
    content = Path(file).read_bytes()
    old.rename(new)
    return old, new, content


def test_a_moved_project_is_offered_its_memory_and_adopts_it(moved: tuple[Path, Path, bytes]) -> None:
    old, new, content = moved
    memctl = Memctl(cwd=new)
    missed = memctl("list")
    assert missed.lines == []
    assert f"which was {old}; `memctl project adopt` brings it here" in missed.err
    directory = Path(memctl("project", "adopt").lines[0])
    assert (directory / "plants.md").read_bytes() == content
    assert memctl("path").lines == [str(directory)]
    assert "adopt" not in memctl("list").err
    assert [c["verb"] for c in memctl("log", "--json").json["changes"]] == ["adopt", "save"]
    memctl("undo")
    assert not (directory / "plants.md").exists()


def test_mv_does_the_same_by_name(moved: tuple[Path, Path, bytes], tmp_path: Path) -> None:
    old, new, content = moved
    memctl = Memctl(cwd=tmp_path)
    assert [p["state"] for p in memctl("project", "list", "--json").json["projects"]] == ["orphan"]
    directory = Path(memctl("project", "mv", str(old), str(new)).lines[0])
    assert (directory / "plants.md").read_bytes() == content
    assert [p["root"] for p in memctl("project", "list", "--json").json["projects"]] == [str(new)]
    assert memctl("project", "list", "--orphans", "--json").json["projects"] == []
    memctl("project", "mv", str(tmp_path / "never"), str(new), code=3)


def test_another_project_is_not_offered_it(moved: tuple[Path, Path, bytes], tmp_path: Path) -> None:
    other = repository(tmp_path / "other")
    assert "adopt" not in Memctl(cwd=other)("list").err
    Memctl(cwd=other)("project", "adopt", code=3)


def test_a_remote_identifies_a_fresh_clone(tmp_path: Path) -> None:
    old = repository(tmp_path / "one", "https://user:hunter2@example.org/x.git")
    Memctl(cwd=old)("save", "The office plants are watered on Mondays", "--name", "plants")
    old.rename(tmp_path / "gone")
    (tmp_path / "gone").rename(tmp_path / "elsewhere")
    clone = repository(tmp_path / "two", "https://example.org/x")
    assert "adopt" in Memctl(cwd=clone)("list").err
    state = Path(Memctl(cwd=clone).environment()["HOME"]) / ".local" / "state"
    assert not [p for p in state.rglob("*") if p.is_file() and b"hunter2" in p.read_bytes()]


def test_adopting_where_both_places_hold_memories_loses_none(moved: tuple[Path, Path, bytes]) -> None:
    _, new, content = moved
    memctl = Memctl(cwd=new)
    memctl("save", "A different memory about the coffee machine", "--name", "coffee")
    kept = Path(memctl("save", "Plants are not watered here", "--name", "plants").lines[0])
    mine = kept.read_bytes()
    with (kept.parent / "MEMORY.md").open("a") as index:
        index.write("\n## Mine\n\nA line of my own.\n")
    brought = memctl("project", "adopt", "--json", **AGENT).json
    assert (brought["offered"], brought["renamed"]) == (["plants.md"], {})
    assert kept.read_bytes() == mine
    (waiting,) = memctl("review", "--list", "--json").json["proposals"]
    assert (waiting["operation"], waiting["name"], waiting["origin"]) == ("update", "plants", "person")
    assert waiting["body"].strip().encode() in content
    changes = memctl("log", "--json").json["changes"]
    assert [(c["verb"], c["actor"]) for c in changes if c["verb"] == "adopt"] == [("adopt", "claude-code")]
    assert sum(c["verb"] == "save" for c in changes) == 3, "both histories"
    assert "A line of my own." in (kept.parent / "MEMORY.md").read_text()
    memctl("index", "--check")
    memctl("review", "--accept", waiting["id"])
    assert b"watered on Mondays" in kept.read_bytes()
    assert len(registered()) == 1
    assert [p for p in registered()[0].parents[1].iterdir() if ".before-" in p.name] == []


def test_two_paths_of_one_slug_are_told_apart(tmp_path: Path) -> None:
    first, second = repository(tmp_path / "a-b"), repository(tmp_path / "a" / "b")
    Memctl(cwd=first)("save", "A fact of the first project", "--name", "first")
    for arguments in (["list"], ["save", "A fact of the second project"], ["recall", "fact"]):
        refused = Memctl(cwd=second)(*arguments, code=5)
        assert str(first) in refused.err
        assert "adopt --share" in refused.err
    Memctl(cwd=second)("project", "adopt", "--share")
    assert Memctl(cwd=second)("list").lines[0].endswith("first.md")
    assert Memctl(cwd=first)("list").lines[0].endswith("first.md")


def test_a_folder_that_took_the_place_of_a_vanished_one_is_no_conflict(tmp_path: Path) -> None:
    first = repository(tmp_path / "a-b")
    Memctl(cwd=first)("save", "A fact of the first project", "--name", "first")
    first.rename(tmp_path / "somewhere")
    second = repository(tmp_path / "a" / "b")
    assert "another project" not in Memctl(cwd=second)("list").err


TOKEN = "glpat-" + "x7Kq2mZp9RtWv4Ny8sLd"


@pytest.mark.parametrize(
    ("remote", "kept"),
    [
        (f"https://host.example/x.git?private_token={TOKEN}", "https://host.example/x"),
        (f"https://host.example/x.git#{TOKEN}", "https://host.example/x"),
        (f"https://oauth2:{TOKEN}@host.example/x.git", "https://host.example/x"),
        (f"HTTPS://u:p@ss{TOKEN}@host.example/x.git/", "HTTPS://host.example/x"),
        (f"{TOKEN}@host.example:group/x.git", "host.example:group/x"),
        ("git@host.example:group/x.git", "host.example:group/x"),
        ("/srv/git/what?now@home.git", "/srv/git/what?now@home"),
        (f"ext::helper --token={TOKEN}", None),
    ],
)
def test_no_credentials_of_a_remote_are_kept(tmp_path: Path, remote: str, kept: str | None) -> None:
    root = repository(tmp_path / "one")
    with (root / ".git" / "config").open("a") as config:
        config.write(f'[remote "origin"]\n\turl = "{remote}"\n')
    Memctl(cwd=root)("save", "The office plants are watered on Mondays", "--name", "plants")
    assert kept_remotes() == ([kept] if kept else [])


def test_a_token_in_the_path_of_a_remote_is_redacted(tmp_path: Path) -> None:
    root = repository(tmp_path / "one", f"https://host.example/api/{TOKEN}/x.git")
    Memctl(cwd=root)("save", "The office plants are watered on Mondays", "--name", "plants")
    (remote,) = kept_remotes()
    assert TOKEN not in remote


def test_credentials_that_were_kept_once_go_at_the_next_write(tmp_path: Path) -> None:
    root = repository(tmp_path / "one", "https://host.example/x.git")
    memctl = Memctl(cwd=root)
    memctl("save", "The office plants are watered on Mondays", "--name", "plants")
    (file,) = registered()
    file.write_text(file.read_text().replace("host.example/x", f"u:{TOKEN}@host.example/x.git?t={TOKEN}"))
    memctl("save", "The coffee machine is on the second floor", "--name", "coffee")
    assert kept_remotes() == ["https://host.example/x"]


def registered() -> list[Path]:
    state = Path(Memctl(cwd=Path("/")).environment()["HOME"]) / ".local" / "state"
    return [p for p in state.rglob("project") if p.is_file()]


def kept_remotes() -> list[str]:
    """What the registry has of the remotes of its one project."""
    (file,) = registered()
    return [
        line.removeprefix("remote ") for line in file.read_text().splitlines() if line.startswith("remote ")
    ]


def test_adopting_after_init_leaves_one_entry(moved: tuple[Path, Path, bytes]) -> None:
    _, new, content = moved
    memctl = Memctl(cwd=new)
    memctl("init")
    directory = Path(memctl("project", "adopt").lines[0])
    assert (directory / "plants.md").read_bytes() == content
    projects = memctl("project", "list", "--json").json["projects"]
    assert [(p["root"], p["directory"]) for p in projects] == [(str(new), str(directory))]
    assert len(registered()) == 1
