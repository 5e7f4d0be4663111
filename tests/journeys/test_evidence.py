"""Evidence that ages: what list, recall and verify say when the code a memory rests on changes."""

import subprocess
from pathlib import Path

import pytest

from tests.kit.cli import Memctl
from tests.kit.topics import topic


@pytest.fixture
def project(tmp_path: Path) -> tuple[Memctl, Path]:
    root = tmp_path / "project"
    root.mkdir()
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run([*git, "init", "-q"], cwd=root, check=True)
    (root / "limits.py").write_text("PAGE_SIZE = 50\n")
    subprocess.run([*git, "add", "."], cwd=root, check=True)
    subprocess.run([*git, "commit", "-q", "-m", "first"], cwd=root, check=True)
    blob = subprocess.check_output(["git", "hash-object", "limits.py"], cwd=root, text=True).strip()
    memctl = Memctl(cwd=root)
    directory = Path(memctl("init").lines[0])
    (directory / "page-size.md").write_text(
        topic(
            "page-size",
            "Listings show fifty rows a page",
            "Listings show fifty rows a page.\n",
            evidence=f"limits.py@{blob}",
        )
    )
    return memctl, root


def test_unchanged_evidence_is_valid_and_silent(project: tuple[Memctl, Path]) -> None:
    memctl, _ = project
    listed = memctl("list", "--json").json["memories"][0]
    assert (listed["evidence"], listed["stale"]) == ("valid", None)
    assert (
        memctl("recall", "how many rows a page in listings", "--json").json["memories"][0]["warnings"] == []
    )
    memctl("verify")


def test_changed_and_vanished_evidence_is_shown_everywhere(project: tuple[Memctl, Path]) -> None:
    memctl, root = project
    (root / "limits.py").write_text("PAGE_SIZE = 80\n")
    assert memctl("list", "--json").json["memories"][0]["evidence"] == "changed"
    assert memctl("list", "--stale").lines[0].endswith("page-size.md")
    found = memctl("recall", "how many rows a page in listings", "--json").json["memories"][0]
    assert "its evidence changed" in found["warnings"][0]
    memctl("verify", code=1)
    (root / "limits.py").unlink()
    assert memctl("list", "--json").json["memories"][0]["stale"] == "its evidence is gone"
