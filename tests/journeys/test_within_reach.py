"""What is there can be reached: evidence given with a save, pins, copies, rejections, former names, and what an undo,
an editor or a folder that is missing would do."""

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from tests.kit.cli import Memctl
from tests.kit.topics import topic
from tests.kit.warm import Warm


@pytest.fixture
def project(tmp_path: Path, warm: Warm) -> Memctl:
    """A git project with memctl's own folder for it."""
    root = tmp_path / "project"
    (root / "src").mkdir(parents=True)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    (root / "src" / "limits.py").write_text("A = 1\nPAGE = 50\nB = 2\n")
    return Memctl(root, warm=warm)


def directory(memctl: Memctl) -> Path:
    return Path(memctl("path").lines[0])


def test_evidence_is_named_with_the_save_and_checked(project: Memctl) -> None:
    project("save", "A page has fifty rows", "--name", "rows", "--evidence", "src/limits.py:1-2")
    limits = project.cwd / "src" / "limits.py"
    project("verify")
    limits.write_text("A = 2\nPAGE = 80\n")
    assert "rows" in project("verify", code=1).out
    again = ("save", "A page has eighty rows", "--name", "rows", "--update", "--evidence")
    inside = Memctl(project.cwd / "src", warm=project.warm)
    assert inside(*again, "limits.py:1-2", "--json").json["action"] == "updated"
    project("verify")
    (kept,) = [
        line for line in (directory(project) / "rows.md").read_text().splitlines() if "evidence" in line
    ]
    assert kept.count("src/limits.py:1-2@") == 1


@pytest.mark.parametrize(
    ("named", "code", "said"),
    [
        ("../other.py", 5, "leads out of"),
        ("/etc/passwd", 5, "leads out of"),
        ("link.py", 5, "leads out of"),
        ("src/none.py", 2, "No such file"),
        ("src", 2, "--evidence src"),
        ("src/limits.py:2-9", 2, "no such lines"),
        ("src/a,b.py", 5, "cannot stand in a header"),
    ],
)
def test_evidence_is_a_file_of_this_project(project: Memctl, named: str, code: int, said: str) -> None:
    (project.cwd.parent / "other.py").write_text("x\n")
    (project.cwd / "link.py").symlink_to(project.cwd.parent / "other.py")
    (project.cwd / "src" / "a,b.py").write_text("x\n")
    refused = project("save", "A page has fifty rows", "--evidence", named, code=code)
    assert said in refused.err
    assert project("list").lines == []


def test_pinned_memories_are_first_everywhere_until_they_are_unpinned(
    memctl: Memctl, memory_dir: Path
) -> None:
    (memory_dir / "MEMORY.md").write_text("# Ours\n\nRead this.\n\n- [Old](old.md) — the old one\n")
    (memory_dir / "old.md").write_text(topic("old", "the old one"))
    memctl("save", "Cranes are teal", "--name", "crane")
    memctl("save", "Quays are long", "--name", "quay", "--pin")

    def order() -> list[str]:
        lines = (memory_dir / "MEMORY.md").read_text().splitlines()
        assert lines[:4] == ["# Ours", "", "Read this.", ""]
        return [line.split("(")[1].split(".md")[0] for line in lines[4:]]

    assert order() == ["quay", "old", "crane"]
    assert memctl("pin", "crane", "--json").json["action"] == "pinned"
    assert order() == ["crane", "quay", "old"]
    assert [Path(line).stem for line in memctl("list").lines][:2] == ["quay", "crane"]
    context = memctl("context").out
    assert context.index("(crane.md)") < context.index("(quay.md)") < context.index("(old.md)")
    assert "memctl unpin crane" in memctl("tier", "crane", "cold", code=5).err
    memctl("unpin", "crane")
    memctl("save", "--name", "quay", "--no-pin", "--update")
    assert "pinned" not in (memory_dir / "crane.md").read_text() + (memory_dir / "quay.md").read_text()
    assert memctl("unpin", "crane", "--json").json["action"] == "unchanged"
    memctl("undo", "3")
    assert next(Path(line).stem for line in memctl("list").lines) == "quay"


def test_a_copy_takes_history_and_queries_along_and_there_is_one_in_each_project(project: Memctl) -> None:
    other = project.cwd.parent / "other"
    other.mkdir()
    there = Memctl(other, warm=project.warm)
    project("save", "A page has forty rows", "--name", "page", "--pin", "--evidence", "src/limits.py")
    prompt = "how long is a listing"
    project("save", "A page has fifty rows, see [[quay]]", "--name", "page", "--update", "--when", prompt)
    project("mv", "page", "rows")
    done = project("cp", "rows", "--to", str(other), "--json")
    assert (done.json["action"], done.json["versions"], done.json["absent"]) == ("copied", 3, ["quay"])
    assert "the evidence of rows stays here" in done.err
    changes = there("log", "rows", "--json").json["changes"]
    assert [change["verb"] for change in changes] == ["cp", "cp", "mv", "save", "save"]
    assert "A page has forty rows" in there("show", "rows", "--at", changes[-1]["commit"]).out
    memory = there("show", "rows", "--json").json["memories"][0]
    assert memory["anticipated"] == [prompt]
    assert "pinned" not in memory["header"]["metadata"]
    assert "evidence" not in memory["header"]["metadata"]
    assert "(rows.md)" in (directory(there) / "MEMORY.md").read_text()
    assert project("cp", "rows", "--to", "other", "--json").json["action"] == "unchanged"
    assert "only 1 change" in there("undo", "2", code=3).err, "what is told before was done in the other one"
    there("undo")
    assert there("list").lines == []
    there("redo")
    there("save", "Something else", "--name", "rows", "--update")
    assert "exists there already" in project("cp", "rows", "--to", str(other), code=5).err
    project("cp", "rows", "--to", str(other), "--name", "listing", CLAUDECODE="1")
    assert "there is no" not in there("undo", "2", "--dry-run").err, (
        "one more copy is joined to what was done"
    )
    assert there("log", "-n", "1", "--json").json["changes"][0]["by"] == "claude-code"
    assert project("cp", "rows", "--to", str(project.cwd), code=5).out == ""
    assert project("cp", "rows", "--to", "nowhere", code=3).out == ""
    assert "--to" in project("cp", "rows", code=2).err


def test_a_copy_carries_no_secret_that_was_written_by_hand(project: Memctl) -> None:
    other = project.cwd.parent / "other"
    other.mkdir()
    there = Memctl(other, warm=project.warm)
    secret = "ghp_" + "a1B2c3D4e5F6" * 3
    file = directory(project) / "hand.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(topic("hand", f"The token is {secret}", f"Use {secret}.\n"))
    refused = project("cp", "hand", "--to", str(other), code=5)
    assert "holds a secret" in refused.err
    assert secret not in refused.err
    assert there("list", "--json", code=None).out.count("hand") == 0
    file.write_text(topic("hand", "The token is in the vault", "Ask ops.\n"))
    project("cp", "hand", "--to", str(other))
    assert secret not in there("diff", "--json", code=None).out


def extracted(memctl: Memctl, tmp_path: Path) -> str:
    """The id of a proposal from a session."""
    said = {
        "type": "user",
        "uuid": "u1",
        "sessionId": "s1",
        "timestamp": "2026-11-20T10:00:00Z",
        "cwd": str(tmp_path),
    }
    words = {"message": {"role": "user", "content": "Always use tabs in Go files, never spaces."}}
    (tmp_path / "s.jsonl").write_text(json.dumps(said | words) + "\n")
    memctl("extract", str(tmp_path / "s.jsonl"), "--engine", "rules", "--all")
    return str(memctl("review", "--list", "--json").json["proposals"][0]["id"])


def test_what_was_rejected_is_shown_and_waits_again_until_it_is_erased(
    memctl: Memctl, tmp_path: Path
) -> None:
    one = extracted(memctl, tmp_path)
    memctl("review", "--reject", one, "--reason", "not ours")
    (shown,) = memctl("review", "--list", "--rejected", "--json").json["rejections"]
    assert (shown["id"], shown["reason"]) == (one, "not ours")
    assert "tabs in Go" in shown["description"]
    assert "tabs in Go" in memctl("review", "--show", one[:6]).out
    memctl("review", "--reopen", one[:6])
    assert memctl("review", "--list", "--json").json["proposals"][0]["id"] == one
    assert memctl("review", "--list", "--rejected").lines == []
    memctl("review", "--reject", one)
    memctl("save", "Cranes are teal and tall", "--name", "crane")
    memctl("forget", "--for-good", "crane", "--yes")
    (left,) = memctl("review", "--list", "--rejected", "--json").json["rejections"]
    assert (left["id"], left["description"]) == (one, "")
    assert "its text is not kept" in memctl("review", "--reopen", one).err


def test_what_was_rejected_long_ago_is_kept_no_longer(memctl: Memctl, tmp_path: Path) -> None:
    def texts() -> list[Path]:
        return list(Path(os.environ["HOME"]).rglob("inbox/rejected/*.json"))

    one = extracted(memctl, tmp_path)
    memctl("review", "--reject", one)
    (kept,) = texts()
    for days, left in ((29, [kept]), (31, [])):
        os.utime(kept, (time.time() - days * 86_400,) * 2)
        memctl("review", "--list")
        assert texts() == left
    (shown,) = memctl("review", "--list", "--rejected", "--json").json["rejections"]
    assert (shown["id"], shown["description"]) == (one, "")


def test_log_follows_a_memory_through_its_names_and_says_who(memctl: Memctl) -> None:
    memctl("save", "Cranes are teal", "--name", "crane")
    memctl("mv", "crane", "hoist")
    memctl("save", "Cranes are ochre", "--name", "hoist", "--update", CLAUDECODE="1")
    memctl("save", "Another one by the old name", "--name", "crane")
    changes = memctl("log", "hoist", "--json").json["changes"]
    assert [(c["verb"], c["by"]) for c in changes] == [
        ("save", "claude-code"),
        ("mv", "person"),
        ("save", "person"),
    ]
    assert len(memctl("log", "hoist", "-n", "2").lines) == 2
    assert len(memctl("log", "crane").lines) == 1, "the memory that has the name now"
    memctl("forget", "crane")
    memctl("mv", "hoist", "lift")
    done = memctl("log", "hoist")
    assert "hoist is called lift now" in done.err
    assert len(done.lines) == 4


def test_the_same_in_other_words_is_noticed_and_another_fact_is_not(memctl: Memctl) -> None:
    memctl("save", "Logs are kept for 30 days in S3", "--name", "logs")
    done = memctl("save", "S3 stores the logs for 30 days", "--json")
    assert [(one["name"], one["relation"]) for one in done.json["related"]] == [("logs", "repeats")]
    assert "--name logs --update" in memctl("save", "The logs stay in S3 for 30 days", "--dry-run").err
    assert memctl("save", "Metrics are kept for 90 days in S3", "--json").json["related"] == []


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        ("s/^---$/--/2", "line 1: frontmatter is not terminated"),
        ("s/^description:.*/&\\ndescription: twice/", "line 4: key description stands twice"),
        ("s/type: project/type: wrong/", "type 'wrong' is none of"),
        ("s/^metadata:/metadta:/", "its type is gone"),
    ],
)
def test_a_header_that_an_edit_damaged_is_refused_with_file_and_line(
    memctl: Memctl, tmp_path: Path, memory_dir: Path, edit: str, said: str
) -> None:
    memctl("save", "Cranes are teal", "--name", "crane")
    before = (memory_dir / "crane.md").read_bytes()
    editor = tmp_path / "editor"
    how = "sed -i -z 's/\\n---\\n/\\n--\\n/' \"$1\"" if edit.endswith("2") else f"sed -i '{edit}' \"$1\""
    editor.write_text(f'#!/bin/sh\n{how}\necho kept >> "$1"\n')
    editor.chmod(0o755)
    refused = memctl("edit", "crane", code=5, EDITOR=str(editor), TMPDIR=str(tmp_path))
    (copy,) = tmp_path.glob("memctl-edit-*/crane.md")
    assert f"{copy}: {said}" in refused.err
    assert copy.read_text().endswith("kept\n")
    assert (memory_dir / "crane.md").read_bytes() == before


def test_undo_says_what_it_would_take_back_and_what_it_leaves(memctl: Memctl) -> None:
    memctl("save", "Cranes are teal", "--name", "crane")
    memctl("save", "Quays are long", "--name", "quay")
    memctl("enrich", "--from", "-", stdin=json.dumps({"crane": ["which colour is the hoist"]}))
    planned = memctl("undo", "2", "--dry-run", "--json").json
    assert (planned["action"], planned["dry_run"]) == ("would-undo", True)
    assert [record["why"] for record in planned["undone"]] == ["created quay", "created crane"]
    assert "would undo: save" in memctl("undo", "--dry-run").out
    done = memctl("undo")
    assert "`memctl enrich`, done since, changed no memory: undo leaves it" in done.err
    assert "created quay" in done.out
    assert "enrich" not in memctl("undo").err, "said once"
    assert "would redo: save" in memctl("redo", "--dry-run").out
    assert len(memctl("list").lines) == 0


def test_a_directory_that_is_missing_is_an_error_and_init_makes_it(memctl: Memctl, tmp_path: Path) -> None:
    given = ("--dir", str(tmp_path / "new"))
    for words in (["list"], ["save", "x y z"], ["recall", "x"], ["doctor"]):
        assert f"memctl --dir {tmp_path / 'new'} init" in memctl(*words, *given, code=3).err
    assert not (tmp_path / "new").exists()
    assert memctl("path", *given).lines == [str(tmp_path / "new")]
    memctl("init", *given)
    memctl("save", "Cranes are teal", "--name", "crane", *given)
    (tmp_path / "new" / "crane.md").unlink()
    (tmp_path / "new" / "MEMORY.md").unlink()
    (tmp_path / "new").rmdir()
    memctl("restore", "crane", *given)


def test_a_setting_says_that_its_extra_is_missing(memctl: Memctl) -> None:
    from memctl.services.recall.semantic import available

    done = memctl("config", "set", "semantic", "true")
    assert ("memctl-cli[semantic]" in done.err) == (not available())
    assert memctl("config", "set", "semantic", "false").err == "memctl: set semantic = false\n"
