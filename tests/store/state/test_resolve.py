"""Where memory lives: the rules of the contract, the slug, and what git really makes."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from memctl.services.ownership.identity import identify
from memctl.store.state.resolve import explain, project_root, resolve, slug


def git(*arguments: str, cwd: Path) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "protocol.file.allow=always"]
    subprocess.run(["git", *identity, *arguments], cwd=cwd, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    git("init", "-q", cwd=root)
    git("commit", "-q", "--allow-empty", "-m", "first", cwd=root)
    return root


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/home/u/My Project_1", "-home-u-My-Project-1"),
        ("/x/漢字", "-x---"),
        ("/x/😀", "-x---"),  # two UTF-16 units
        ("/x/é.d", "-x---d"),
        ("/" + "a" * 199, "-" + "a" * 199),
    ],
)
def test_slug(path: str, expected: str) -> None:
    assert slug(path) == expected


def test_a_long_slug_is_cut_and_hashed() -> None:
    # the hash of 'a' * 201 by h = h*31 + unit in signed 32 bits, computed independently
    value = 0
    for _ in range(201):
        value = (value * 31 + 97) % 2**32
    value = abs(value - 2**32 if value >= 2**31 else value)
    digits = ""
    while value:
        value, rest = divmod(value, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    assert slug("a" * 201) == "a" * 200 + "-" + digits


def test_subdirectories_share_the_root(repository: Path) -> None:
    deep = repository / "a" / "b"
    deep.mkdir(parents=True)
    assert project_root(str(deep)) == str(repository)
    assert project_root(str(repository / ".git")) == str(repository)


def test_a_worktree_belongs_to_its_repository(repository: Path, tmp_path: Path) -> None:
    tree = tmp_path / "elsewhere" / "tree"
    git("worktree", "add", "-q", str(tree), "-b", "side", cwd=repository)
    (tree / "sub").mkdir()
    assert project_root(str(tree / "sub")) == str(repository)


def test_a_bare_repository_and_its_worktree(repository: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.git"
    git("clone", "-q", "--bare", str(repository), str(bare), cwd=tmp_path)
    tree = tmp_path / "tree"
    git("worktree", "add", "-q", str(tree), cwd=bare)
    assert project_root(str(bare)) == str(bare)
    assert project_root(str(tree)) == str(bare)


def test_a_submodule_is_its_own_project(repository: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    git("init", "-q", cwd=outer)
    git("submodule", "--quiet", "add", str(repository), "vendored", cwd=outer)
    assert project_root(str(outer / "vendored")) == str(outer / "vendored")


def test_a_planted_git_file_cannot_claim_another_project(repository: Path, tmp_path: Path) -> None:
    git("worktree", "add", "-q", str(tmp_path / "tree"), "-b", "side", cwd=repository)
    planted = tmp_path / "unpacked"
    planted.mkdir()
    (planted / ".git").write_text(f"gitdir: {repository}/.git/worktrees/tree\n")
    assert project_root(str(planted)) == str(planted)


def _copied(folder: Path, tree: Path, repository: Path) -> None:
    (folder / ".git").write_bytes((tree / ".git").read_bytes())


def _left(folder: Path, tree: Path, repository: Path) -> None:
    """The working tree was removed by hand: the repository still has its record."""
    _copied(folder, tree, repository)
    shutil.rmtree(tree)


def _with_records(folder: Path, tree: Path, repository: Path) -> None:
    """A record of its own, which names the other repository as the common one."""
    record = folder / "fake" / "worktrees" / "tree"
    record.mkdir(parents=True)
    (folder / ".git").write_text(f"gitdir: {record}\n")
    (record / "commondir").write_text(f"{repository}/.git\n")
    (record / "gitdir").write_text(f"{folder}/.git\n")


def _directory(folder: Path, tree: Path, repository: Path) -> None:
    shutil.copytree(repository / ".git" / "worktrees" / "tree", folder / ".git")
    (folder / ".git" / "commondir").write_text(f"{repository}/.git\n")
    (folder / ".git" / "gitdir").write_text(f"{folder}/.git\n")


CLAIMS = {
    "a copied .git file": _copied,
    "of a working tree that was removed": _left,
    "a link to its .git file": lambda folder, tree, _: (folder / ".git").symlink_to(tree / ".git"),
    "a link to the repository's .git": lambda folder, _, repo: (folder / ".git").symlink_to(repo / ".git"),
    "a file that names the repository": lambda folder, _, repo: (folder / ".git").write_text(
        f"gitdir: {repo}/.git\n"
    ),
    "a record of its own": _with_records,
    "a directory with the files of a record": _directory,
    "a link to the record": lambda folder, _, repo: (folder / ".git").symlink_to(
        repo / ".git" / "worktrees" / "tree"
    ),
    "a bare look-alike whose parts are links": lambda folder, _, repo: [
        (folder / name).symlink_to(repo / ".git" / name) for name in ("HEAD", "objects", "refs", "config")
    ],
}


@pytest.mark.parametrize("how", CLAIMS)
def test_an_unpacked_folder_cannot_claim_another_projects_memory(
    repository: Path, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = tmp_path / "tree"
    git("worktree", "add", "-q", str(tree), "-b", "side", cwd=repository)
    unpacked = tmp_path / "unpacked"
    (unpacked / "deep").mkdir(parents=True)
    CLAIMS[how](unpacked, tree, repository)
    for variable in ("GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE"):
        monkeypatch.setenv(variable, str(repository / ".git"))
    for folder in (unpacked, unpacked / "deep"):
        assert project_root(str(folder)) == str(unpacked)
        assert resolve(str(folder)).directory != resolve(str(repository)).directory


@pytest.mark.parametrize("how", [how for how in CLAIMS if "link" not in how])
def test_an_unpacked_folder_has_no_commits_of_another_project(
    repository: Path, tmp_path: Path, how: str
) -> None:
    """A `.git` that is a link to a directory is git's own, and so is its choice: some tools work that way."""
    tree = tmp_path / "tree"
    git("worktree", "add", "-q", str(tree), "-b", "side", cwd=repository)
    assert identify(str(repository))[0] == identify(str(tree))[0] != []
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    CLAIMS[how](unpacked, tree, repository)
    assert identify(str(unpacked)) == ([], [])


@pytest.mark.parametrize("content", ["", "nonsense", "gitdir: /nowhere", "gitdir: " + "x" * 9000, "\0\0"])
def test_a_damaged_git_file_is_its_own_root(tmp_path: Path, content: str) -> None:
    (tmp_path / ".git").write_text(content)
    assert project_root(str(tmp_path)) == str(tmp_path)


def test_outside_git_it_is_the_directory_itself(tmp_path: Path) -> None:
    assert project_root(str(tmp_path)) == str(tmp_path)


@pytest.mark.parametrize("name", ["a b", "漢字", "😀", "x" * 120])
def test_any_folder_name_resolves(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name / ("y" * 120)
    folder.mkdir(parents=True)
    place = resolve(str(folder))
    assert place.directory.endswith(f"/memctl/projects/{slug(str(folder))}/memory")


class TestRules:
    """First match wins; each rule is tried by taking away the ones before it."""

    def test_in_order(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        home = Path(os.environ["HOME"])
        config = home / ".config" / "memctl" / "config.toml"
        config.parent.mkdir(parents=True)
        config.write_text('memory_dir = "/from/config"\nmemory_home = "/home/config"\n')
        claude = home / ".claude"
        claude.mkdir()
        (claude / "settings.json").write_text('{"autoMemoryDirectory": "~/from-claude"}')
        name = slug(str(tmp_path))
        monkeypatch.setenv("MEMCTL_DIR", "/from/env")
        monkeypatch.setenv("CLAUDE_COWORK_MEMORY_PATH_OVERRIDE", "/from/cowork")
        monkeypatch.setenv("MEMCTL_HOME", "/from/home")

        def found() -> str:
            return str(resolve(str(tmp_path)).directory)

        assert resolve(str(tmp_path), "given").directory == f"{tmp_path}/given"
        assert found() == "/from/env"
        monkeypatch.delenv("MEMCTL_DIR")
        assert found() == "/from/cowork"
        monkeypatch.delenv("CLAUDE_COWORK_MEMORY_PATH_OVERRIDE")
        assert found() == "/from/config"
        config.write_text('memory_home = "/home/config"\n')
        assert found() == str(home / "from-claude")
        (claude / "settings.json").write_text("{}")
        assert found() == f"/from/home/projects/{name}/memory"
        monkeypatch.delenv("MEMCTL_HOME")
        assert found() == f"/home/config/projects/{name}/memory"
        config.write_text("")
        (claude / "projects" / name / "memory").mkdir(parents=True)
        assert found() == f"{claude}/projects/{name}/memory"
        (claude / "projects" / name / "memory").rmdir()
        assert found() == str(home / ".local" / "share" / "memctl" / "projects" / name / "memory")

    def test_claude_directories_follow_its_variables(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for variable in ("CLAUDE_CONFIG_DIR", "CLAUDE_CODE_REMOTE_MEMORY_DIR"):
            base = tmp_path / variable
            monkeypatch.setenv(variable, str(base))
            held = base / "projects" / slug(str(tmp_path)) / "memory"
            held.mkdir(parents=True)
            assert resolve(str(tmp_path)).directory == str(held)

    def test_a_repository_decides_nothing(self, repository: Path) -> None:
        before = resolve(str(repository)).directory
        for name in (
            "config.toml",
            "memctl.toml",
            ".memctl.toml",
            ".env",
            ".claude/settings.json",
            "pyproject.toml",
        ):
            file = repository / name
            file.parent.mkdir(exist_ok=True)
            file.write_text('memory_dir = "/evil"\nautoMemoryDirectory = "/evil"\nMEMCTL_DIR=/evil\n')
        assert resolve(str(repository)).directory == before

    def test_a_relative_setting_is_ignored_and_said(self, tmp_path: Path) -> None:
        config = Path(os.environ["HOME"]) / ".config" / "memctl" / "config.toml"
        config.parent.mkdir(parents=True)
        config.write_text('memory_dir = "relative"\n')
        place = explain(str(tmp_path))
        assert any("not an absolute path" in rule.reason for rule in place.rules)
        assert place.directory.endswith("/memory")

    def test_explain_matches_exactly_one(self, tmp_path: Path) -> None:
        place = explain(str(tmp_path))
        assert [rule.matched for rule in place.rules].count(True) == 1
        assert len(place.rules) == 9


@pytest.mark.parametrize("text", [b"gitdir: \0", b"gitdir: /tmp/\0x", b"\0"])
def test_a_git_file_with_a_nul_names_nothing(tmp_path: Path, text: bytes) -> None:
    (tmp_path / ".git").write_bytes(text)
    assert project_root(str(tmp_path)) == str(tmp_path)
