"""`memctl doctor` as a person, a script and a pre-commit hook run it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.cli import Memctl
from tests.kit.secret_samples import fill
from tests.kit.topics import write_topic


@pytest.fixture
def trouble(memory_dir: Path) -> Path:
    """A memory directory with a secret, a dangling link and a file that nobody lists."""
    write_topic(memory_dir, "leak", "Where the CI logs in", f"with {fill('gh|p_{a36}')}")
    write_topic(memory_dir, "linking", "A memory that leads nowhere", "see [[no-such-memory]]")
    return memory_dir


def test_a_saved_memory_is_healthy(memctl: Memctl, memory_dir: Path) -> None:
    memory_dir.chmod(0o700)
    memctl("save", "Use pnpm in this repository, never npm.", "--name", "prefer-pnpm")
    done = memctl("doctor", code=None)
    assert [line for line in done.lines if not line.startswith("note: ")] == []
    assert done.code == 0


def test_it_exits_1_and_prints_one_line_each(memctl: Memctl, trouble: Path) -> None:
    done = memctl("doctor", code=1)
    assert any(line.startswith("error: leak.md:") and "[secret.github-pat]" in line for line in done.lines)
    assert any("[[no-such-memory]]" in line and "[link.dangling]" in line for line in done.lines)
    assert fill("gh|p_{a36}")[4:] not in done.out + done.err


def test_json_has_every_finding(memctl: Memctl, trouble: Path) -> None:
    document = memctl("doctor", "--json", code=1).json
    assert document["schema"] == 1
    found = {finding["id"]: finding for finding in document["findings"]}
    assert found["secret.github-pat"]["file"] == "leak.md"
    assert found["index.orphan"]["repair"] == "memctl index"
    assert set(found["link.dangling"]) == {"id", "severity", "message", "file", "line", "repair"}


def test_github_format_names_the_lines(memctl: Memctl, trouble: Path) -> None:
    lines = memctl("doctor", "--format", "github", code=1).lines
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in lines)
    assert any("leak.md,line=" in line for line in lines)


def test_quiet_says_what_needs_doing_and_nothing_else(memctl: Memctl, trouble: Path) -> None:
    done = memctl("doctor", "--quiet", code=1)
    assert done.err == ""
    assert not any(line.startswith("note: ") for line in done.lines)


def test_fix_prints_the_diff_and_can_be_undone(memctl: Memctl, memory_dir: Path) -> None:
    write_topic(memory_dir, "orphan", "Something that nobody listed yet")
    memory_dir.chmod(0o755)
    done = memctl("doctor", "--fix")
    assert "+- [Orphan](orphan.md)" in done.out
    assert memory_dir.stat().st_mode & 0o777 == 0o700
    assert memctl("doctor", code=None).code == 0
    memctl("undo")
    assert not (memory_dir / "MEMORY.md").exists()
    assert (memory_dir / "orphan.md").exists()


def test_it_reads_only(memctl: Memctl, trouble: Path) -> None:
    before = {path: path.read_bytes() for path in trouble.iterdir()}
    memctl("doctor", code=1)
    assert {path: path.read_bytes() for path in trouble.iterdir()} == before


def test_memories_in_a_repository_are_checked_as_pre_commit_does(memctl: Memctl) -> None:
    subprocess.run(["git", "init", "-q", str(memctl.cwd)], check=True)
    folder = memctl.cwd / "docs" / "memory"
    path = write_topic(folder, "deploy", "When production is deployed", "On Tuesdays.")
    (folder / "MEMORY.md").write_text("- [Deploy](deploy.md) — When production is deployed\n")
    path.chmod(0o644)
    outside = Memctl(cwd=memctl.cwd)
    assert outside("doctor", "--quiet", "--dir", "docs/memory").out == ""
    path.write_text(path.read_text() + f"token {fill('gl|pat-{s20}')}\n")
    done = outside("doctor", "--quiet", "--dir", "docs/memory", code=1)
    assert [line.split(":")[0] for line in done.lines] == ["error"]
    assert "docs/memory" not in done.lines[0] or "deploy.md" in done.lines[0]


def test_a_hook_whose_program_is_gone_is_named(memctl: Memctl, memory_dir: Path) -> None:
    memctl("hooks", "install", "claude-code", "--yes")
    settings = Path(memctl.environment()["HOME"], ".claude", "settings.json")
    assert "[hooks." not in memctl("doctor", code=None).out
    settings.write_text(settings.read_text().replace(sys.executable, "/gone/bin/python3"))
    assert "[hooks.broken]" in memctl("doctor", code=1).out
