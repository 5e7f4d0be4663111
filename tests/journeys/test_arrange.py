"""mv, forget, restore, undo, log, diff: nothing said is ever lost."""

from pathlib import Path

import pytest

from tests.kit.cli import Memctl
from tests.kit.topics import topic


@pytest.fixture
def linked(memctl: Memctl, memory_dir: Path) -> Path:
    memctl("save", "Deploys happen on Tuesdays", "--name", "deploy")
    memctl(
        "save",
        "The release follows [[deploy]] and [[deploy|the window]], not [[deployment]]",
        "--name",
        "release",
    )
    return memory_dir


def test_mv_takes_pointer_and_links_along(memctl: Memctl, linked: Path) -> None:
    done = memctl("mv", "deploy", "deploy-window")
    assert done.lines == [str(linked / "deploy-window.md")]
    assert not (linked / "deploy.md").exists()
    assert "name: deploy-window" in (linked / "deploy-window.md").read_text()
    assert (
        "[[deploy-window]] and [[deploy-window|the window]], not [[deployment]]"
        in (linked / "release.md").read_text()
    )
    index = (linked / "MEMORY.md").read_text()
    assert "(deploy-window.md)" in index
    assert "(deploy.md)" not in index
    memctl("mv", "deploy-window", "release", code=5)
    memctl("mv", "nothing", "else", code=3)
    memctl("mv", "release", "../up", code=5)


def test_mv_can_change_only_the_case(memctl: Memctl, linked: Path) -> None:
    memctl("mv", "deploy", "Deploy")
    assert {p.name for p in linked.iterdir()} == {"Deploy.md", "release.md", "MEMORY.md"}


def test_forget_and_restore(memctl: Memctl, linked: Path) -> None:
    before = (linked / "deploy.md").read_bytes()
    done = memctl("forget", "deploy")
    assert "[[deploy]], which is gone" in done.err
    assert "(deploy.md)" not in (linked / "MEMORY.md").read_text()
    memctl("restore", "deploy")
    assert (linked / "deploy.md").read_bytes() == before
    assert "(deploy.md)" in (linked / "MEMORY.md").read_text()
    memctl("restore", "never-was", code=3)


def test_undo_takes_back_and_redo_brings_back(memctl: Memctl, linked: Path) -> None:
    index = (linked / "MEMORY.md").read_bytes()
    memctl("forget", "deploy", "release")
    assert {p.name for p in linked.iterdir()} == {"MEMORY.md"}
    assert "with: memctl redo\n" in memctl("undo").err
    assert (linked / "MEMORY.md").read_bytes() == index
    assert "with: memctl undo\n" in memctl("redo").err
    assert {p.name for p in linked.iterdir()} == {"MEMORY.md"}
    assert memctl("undo", "--json").json["action"] == "undone"
    assert (linked / "MEMORY.md").read_bytes() == index
    assert [c["verb"] for c in memctl("redo", "--json").json["redone"]] == ["forget"]
    assert memctl("redo", code=3).out == ""


def test_what_others_wrote_is_recorded_before_it_is_replaced(memctl: Memctl, linked: Path) -> None:
    (linked / "deploy.md").write_text(topic("deploy", "written by hand"))
    memctl("save", "Deploys happen on Fridays now", "--name", "deploy", "--update")
    log = memctl("log", "--json").json["changes"]
    assert [c["verb"] for c in log[:2]] == ["save", "outside"]
    assert "written by hand" in memctl("show", "deploy", "--at", "@~1").out


def test_undo_refuses_to_lose_a_later_outside_change(memctl: Memctl, linked: Path) -> None:
    memctl("save", "Deploys happen on Fridays now", "--name", "deploy", "--update")
    (linked / "deploy.md").write_text(topic("deploy", "a later hand edit"))
    refused = memctl("undo", code=6)
    assert "a later hand edit" in refused.err
    assert "a later hand edit" in (linked / "deploy.md").read_text()


def test_log_and_diff_tell_who_and_what(memctl: Memctl, linked: Path) -> None:
    memctl("save", "Deploys happen on Fridays now", "--name", "deploy", "--update", CLAUDECODE="1")
    newest = memctl("log", "-n", "1", "--json").json["changes"][0]
    assert (newest["actor"], newest["verb"]) == ("claude-code", "save")
    assert "deploy.md" in newest["files"]
    diff = memctl("diff").out
    assert "-Deploys happen on Tuesdays" in diff
    assert "+Deploys happen on Fridays now" in diff
    assert memctl("diff", "no-such-ref", code=3).out == ""
    assert len(memctl("log", "deploy").lines) == 2


def test_nothing_is_added_to_the_memory_directory(memctl: Memctl, linked: Path) -> None:
    memctl("forget", "release")
    memctl("undo")
    memctl("index")
    assert {p.name for p in linked.iterdir()} == {"deploy.md", "release.md", "MEMORY.md"}


def test_forgetting_a_successor_makes_the_older_memory_current_again(
    memctl: Memctl, memory_dir: Path
) -> None:
    memctl("save", "The gateway listens on port 8080", "--name", "gateway")
    memctl(
        "save",
        "The gateway listens on port 443 behind the proxy",
        "--name",
        "proxy",
        "--force",
        "--supersedes",
        "gateway.md",
    )
    assert "supersedes: gateway\n" in (memory_dir / "proxy.md").read_text()
    found = memctl("recall", "which port does the gateway listen on")
    assert found.lines == [str(memory_dir / "proxy.md"), str(memory_dir / "gateway.md")]
    assert "gateway.md: replaced by proxy on 20" in found.err
    memctl("mv", "proxy", "reverse-proxy")
    assert "supersededBy: reverse-proxy" in (memory_dir / "gateway.md").read_text()
    assert "is recalled again" in memctl("forget", "reverse-proxy").err
    assert memctl("recall", "which port does the gateway listen on").lines == [str(memory_dir / "gateway.md")]
    memctl("undo")
    assert "supersededBy: reverse-proxy" in (memory_dir / "gateway.md").read_text()


def test_several_are_restored_together_or_not_at_all(memctl: Memctl, linked: Path) -> None:
    memctl("forget", "deploy", "release")
    assert memctl("restore", "deploy", "never-was", code=3).out == ""
    assert not (linked / "deploy.md").exists()
    assert len(memctl("restore", "deploy", "release").lines) == 2
    assert memctl("log", "--json").json["changes"][0]["verb"] == "restore"
    before = len(memctl("log").lines)
    memctl("restore", "deploy", "--at", "@")
    assert len(memctl("log").lines) == before


def test_without_git_nothing_is_removed_for_good_unasked(
    memctl: Memctl, linked: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "bin"
    empty.mkdir()
    refused = memctl("forget", "deploy", code=5, PATH=str(empty))
    assert "git is not installed" in refused.err
    assert (linked / "deploy.md").exists()
    assert (
        "cannot be undone" in memctl("save", "Something about whales", "--name", "whale", PATH=str(empty)).err
    )
    memctl("forget", "deploy", "--force", PATH=str(empty))
    assert not (linked / "deploy.md").exists()
