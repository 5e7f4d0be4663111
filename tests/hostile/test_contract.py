"""Sentences of the reference, each tried on the real command."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.hostile.conftest import Place
from tests.kit.cli import Memctl, Result
from tests.kit.topics import topic
from tests.kit.warm import Warm

VERBS = (
    "init path save list show edit mv forget restore recall why enrich search context index doctor extract review hooks hook "
    "verify log diff undo redo config stats eval"
).split()

MEMORY_KEYS = {
    "name": str, "file": str, "path": str, "type": (str, type(None)), "description": str, "modified": str, "age_days": int,
    "fingerprint": str, "score": (int, float, type(None)), "warnings": list,
}  # fmt: skip


@pytest.fixture
def filled(place: Place) -> Place:
    for stem, about, kind in (
        ("prefer-pnpm", "Use pnpm, never npm, for packages", "feedback"),
        ("deploy-window", "Deploys happen on Tuesday mornings", "project"),
        ("staging-host", "The staging host is called heron", "reference"),
        ("answers-short", "Answers are to be short", "user"),
    ):
        (place.directory / f"{stem}.md").write_text(topic(stem, about, f"{about}.\n", kind))
    return place


def error_of(done: Any) -> dict[str, Any]:
    """The one JSON error object on stderr."""
    assert done.raw == b""
    found = json.loads(done.err.strip().splitlines()[-1])["error"]
    assert set(found) == {"code", "slug", "message", "hint"}
    assert found["code"] == done.code
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", found["slug"])
    assert isinstance(found["message"], str)
    assert isinstance(found["hint"], str | None)
    return dict(found)


def memory_like(found: dict[str, Any]) -> None:
    for key, kind in MEMORY_KEYS.items():
        assert isinstance(found[key], kind), (key, found[key])
    assert os.path.isabs(found["path"])
    assert found["path"].endswith(found["file"])
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", found["fingerprint"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["modified"])


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(place: Place, verb: str) -> None:
    done = place(verb, "--help")
    assert "Usage: memctl " + verb in done.out
    assert done.raw_err == b""


def test_help_and_version(place: Place) -> None:
    assert all(f" {verb} " in place("--help").out for verb in VERBS)
    assert re.fullmatch(r"memctl \d+\.\d+\.\d+\S*\n", place("--version").out)
    assert place("--json", "--version").out.startswith("memctl ")


@pytest.mark.parametrize(
    "arguments",
    [["nosuch"], ["list", "--nosuch"], ["list", "extra"], ["show"], ["mv", "a"], ["recall"], ["save", "x", "--type", "secret"], ["recall", "x", "--selector", "magic"],
     ["recall", "x", "-k", "-1"], ["recall", "x", "-k", "many"], ["recall", "x", "--deadline", "soon"], ["recall", "x", "--format", "xml"], ["list", "--sort", "size"],
     ["list", "--limit", "-1"], ["undo", "0"], ["undo", "x"], ["list", "--color", "pink"], ["list", "-C", "/nonexistent"], ["save", "x", "--expires", "soon"], ["save"],
     ["save", "x y z", "--file", "/nonexistent"], ["save", "--update", "text"], ["hooks", "install"]],
)  # fmt: skip
def test_a_wrong_command_line_is_2(place: Place, arguments: list[str]) -> None:
    plain = place(*arguments, codes=(2,))
    assert plain.raw == b""
    assert plain.err.startswith("memctl: error: ")
    assert error_of(place(*arguments, "--json", codes=(2,)))["slug"] == "usage"


def test_hook_never_ends_with_2(place: Place) -> None:
    for arguments in (
        ["hook"],
        ["hook", "nosuch"],
        ["hook", "--nosuch"],
        ["hook", "claude-code", "x", "y", "z"],
        ["--json", "hook", "claude-code"],
        ["hook", "claude-code", "--json"],
        ["-C", "/nonexistent", "hook", "claude-code"],
        ["hook", "claude-code", "--dir"],
        ["--color", "pink", "hook", "claude-code"],
    ):
        for stdin in (
            None,
            b"",
            b"\0\xff",
            b"{}",
            b"[" * 100_000,
            b'{"hook_event_name": "UserPromptSubmit", "prompt": 17}',
        ):
            place(*arguments, stdin=stdin)


def test_global_options_before_and_after(filled: Place) -> None:
    other = filled.base / "other"
    other.mkdir()
    for arguments in (
        ["--dir", str(other), "list", "--json"],
        ["list", "--dir", str(other), "--json"],
        ["--json", "list", f"--dir={other}"],
    ):
        assert filled(*arguments).json["directory"] == str(other)
    assert filled("list", "-q").raw == filled("-q", "list").raw != b""
    assert filled("-v", "list").code == filled("list", "--verbose").code == 0


def test_list(filled: Place) -> None:
    assert {Path(p).name for p in filled("list").out.splitlines()} == {
        "prefer-pnpm.md",
        "deploy-window.md",
        "staging-host.md",
        "answers-short.md",
    }
    assert all(os.path.isabs(p) for p in filled("list").out.splitlines())
    document = filled("list", "--json").json
    assert document["schema"] == 1
    for memory in document["memories"]:
        memory_like(memory)
    assert [m["name"] for m in filled("list", "--type", "user", "--json").json["memories"]] == [
        "answers-short"
    ]
    assert len(filled("list", "--limit", "2").out.splitlines()) == 2
    assert filled("list", "--limit", "0").raw == b""
    assert [Path(p).stem for p in filled("list", "--sort", "name").out.splitlines()] == sorted(
        p.stem for p in filled.directory.glob("*.md")
    )
    (filled.directory / "newest.md").write_text(topic("newest", modified="2100-01-01T00:00:00.000Z"))
    (filled.directory / "oldest.md").write_text(topic("oldest", modified="1999-01-01"))
    names = [Path(p).stem for p in filled("list").out.splitlines()]
    assert (names[0], names[-1]) == ("newest", "oldest")


def test_recall_document(filled: Place) -> None:
    found = filled("recall", "which package manager, pnpm?", "--json", "--selector", "lexical").json
    keys = {
        "schema": int,
        "query": str,
        "strategy": str,
        "reason": type(None),
        "model": type(None),
        "elapsed_ms": int,
        "scanned": int,
        "candidates": int,
        "memories": list,
    }
    for key, kind in keys.items():
        assert isinstance(found[key], kind), key
    assert (found["schema"], found["query"], found["strategy"], found["scanned"]) == (
        1,
        "which package manager, pnpm?",
        "lexical",
        4,
    )
    assert [m["name"] for m in found["memories"]] == ["prefer-pnpm"]
    memory_like(found["memories"][0])
    auto = filled("recall", "which package manager, pnpm?", "--json")
    assert (auto.json["strategy"], auto.json["reason"]) == ("lexical", "no-credentials")
    assert auto.err
    nothing = filled("recall", "quantum chromodynamics", "--json", "--selector", "lexical").json
    assert nothing["memories"] == []
    assert filled("recall", "quantum chromodynamics", "--selector", "lexical").raw == b""
    (filled.base / "none").mkdir()
    empty = filled("recall", "pnpm", "--json", "--dir", str(filled.base / "none")).json
    assert (empty["strategy"], empty["memories"]) == ("none", [])


def test_recall_options(filled: Place) -> None:
    lexical = ("--selector", "lexical")
    path = str(filled.directory / "prefer-pnpm.md")
    assert filled("recall", "pnpm packages", *lexical).out == path + "\n"
    assert filled("recall", "pnpm packages", *lexical, "-0", raw=True).raw == path.encode() + b"\0"
    assert filled("recall", "pnpm packages", *lexical, "--print0", raw=True).raw == path.encode() + b"\0"
    assert filled("recall", "pnpm packages", *lexical, "--format", "paths").out == path + "\n"
    assert filled("recall", "pnpm packages", *lexical, "--format", "json").json["strategy"] == "lexical"
    assert "prefer-pnpm" in filled("recall", "pnpm packages", *lexical, "--format", "text").out
    assert filled("recall", "pnpm packages", *lexical, "--format", "markdown").out.startswith("- [")
    assert filled("recall", "pnpm packages", *lexical, "--exclude", "prefer-pnpm").raw == b""
    assert filled("recall", "pnpm packages", *lexical, "--exclude", "prefer-pnpm.md").raw == b""
    assert filled("recall", "pnpm packages", *lexical, "-k", "0").raw == b""
    assert filled("recall", "pnpm packages", *lexical, "--surfaced", "s1").out == path + "\n"
    assert filled("recall", "pnpm packages", *lexical, "--surfaced", "s1").raw == b""
    assert filled("recall", "pnpm packages", *lexical, "--surfaced", "s2").out == path + "\n"
    assert filled("recall", "-", *lexical, stdin=b"pnpm packages\n").out == path + "\n"
    assert filled("recall", *lexical, stdin=b"pnpm packages\n").out == path + "\n"
    assert filled("recall", "--selector=lexical", "--", "-pnpm packages").code == 0
    filled("recall", "pnpm", "--selector", "llm", "--no-fallback", codes=(4,))
    fallen = filled("recall", "pnpm packages", "--selector", "llm", "--json")
    assert (fallen.json["strategy"], fallen.json["reason"]) == ("lexical", "no-credentials")


def test_save_document_and_codes(filled: Place) -> None:
    made = filled("save", "Logs are kept for ninety days", "--type", "project", "--json").json
    assert (made["schema"], made["action"]) == (1, "created")
    memory_like(made["memory"])
    name = made["memory"]["name"]
    assert (
        error_of(filled("save", "Logs are kept for a year now", "--name", name, "--json", codes=(5,)))["slug"]
        == "exists"
    )
    again = filled("save", "Logs are kept for ninety days", "--name", name, "--update", "--json").json
    assert again["action"] == "unchanged"
    changed = filled(
        "save",
        "Logs are kept for a year",
        "--name",
        name,
        "--if-match",
        made["memory"]["fingerprint"],
        "--json",
    ).json
    assert changed["action"] == "updated"
    assert (
        error_of(
            filled(
                "save",
                "x y",
                "--name",
                name,
                "--if-match",
                made["memory"]["fingerprint"],
                "--json",
                codes=(6,),
            )
        )["slug"]
        == "changed"
    )
    assert (
        error_of(filled("save", "token ghp_" + "a1B2c3D4e5F6" * 3, "--json", codes=(5,)))["slug"] == "secret"
    )
    assert (
        error_of(filled("save", "Logs are kept for a year!", "--name", "other", "--json", codes=(5,)))["slug"]
        == "duplicate"
    )
    filled("save", "Logs are kept for a year!", "--name", "other", "--force")
    assert error_of(filled("show", "prefer-npm", "--json", codes=(3,)))["slug"] == "not-found"
    assert "prefer-pnpm" in (error_of(filled("show", "prefer-pmpn", "--json", codes=(3,)))["hint"] or "")
    (filled.directory / "bad.md").write_bytes(b"---\nname: bad\xff\n---\nx\n")
    assert (
        error_of(filled("save", "--name", "bad", "--description", "d", "--update", "--json", codes=(7,)))[
            "slug"
        ]
        == "damaged"
    )


def test_two_memories_of_one_name(place: Place) -> None:
    for stem in ("one", "two"):
        (place.directory / f"{stem}.md").write_text(topic("Same name", f"about {stem}"))
    found = error_of(place("show", "Same name", "--json", codes=(3,)))
    assert found["slug"] == "ambiguous"
    assert "one" in found["message"] + (found["hint"] or "")


def test_no_verb_waits_for_input(filled: Place) -> None:
    for verb in VERBS:
        if verb not in ("hook",):
            assert filled(verb, codes=(0, 1, 2, 3, 4), seconds=20).code in (0, 1, 2, 3, 4), verb


def test_the_usual_forms_of_a_memory_name(filled: Place) -> None:
    (filled.directory / "old_file.md").write_text(topic("The old title", "older files have any name"))
    for name in ("old_file", "old_file.md", "The old title", "OLD_FILE"):
        assert filled("path", name).out == f"{filled.directory}/old_file.md\n"


def test_index_check_and_drift(filled: Place) -> None:
    assert "orphan" in filled("index", "--check", codes=(1,)).out
    filled("index")
    assert filled("index", "--check").raw == b""
    index = filled.directory / "MEMORY.md"
    index.write_text(
        index.read_text()
        + "- [Gone](gone.md) — nothing there\n- [Long](prefer-pnpm.md) — "
        + "x" * 200
        + "\n"
    )
    found = {f["id"] for f in filled("index", "--check", "--json", codes=(1,)).json["findings"]}
    assert {"index.dead-pointer", "index.long-line"} <= found


def test_index_budgets(place: Place) -> None:
    for number in range(230):
        (place.directory / f"m{number:03}.md").write_text(
            topic(f"m{number:03}", f"number {number} of many things " * 9)
        )
    done = place("index")
    index = (place.directory / "MEMORY.md").read_text()
    pointers = [line for line in index.splitlines() if line.startswith("- ")]
    assert 160 <= len(pointers) < 230
    assert all(len(line) <= 150 for line in pointers)
    assert "200 lines" in done.err
    assert len(index.encode()) <= 25_000
    assert place("index", "--check").raw == b""
    assert len(place("list").out.split()) == 230
    text = place("context").out
    assert len(text) <= 9_501


def test_history_verbs(filled: Place) -> None:
    filled("save", "Logs are kept for ninety days", "--name", "logs")
    filled("save", "Logs are kept for a year", "--name", "logs", "--update")
    changes = filled("log", "--json").json["changes"]
    assert [c["verb"] for c in changes][:2] == ["save", "save"]
    assert "+Logs are kept for a year" in filled("diff").out
    assert "+Logs are kept for a year" in filled("diff", "@~1").out
    assert "ninety" in filled("show", "logs", "--at", "@~1").out
    filled("undo")
    assert "ninety" in filled("show", "logs").out
    filled("redo")
    assert "a year" in filled("show", "logs").out
    filled("forget", "logs")
    assert error_of(filled("show", "logs", "--json", codes=(3,)))
    filled("restore", "logs")
    assert "a year" in filled("show", "logs").out
    filled("diff", "@~999", codes=(3,))
    filled("diff", "--output=/tmp/pwned", codes=(2, 3))
    filled("undo", "999", codes=(3,))


def run_in(warm: Warm, cwd: Path, home: Path, *arguments: str, **env: str) -> Result:
    base = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
    return Memctl(cwd, env={**base, **env}, alone=True, warm=warm)(*arguments)


def slug(path: str) -> str:
    """The rule as it is written: UTF-16 units, 200, and a base-36 hash."""
    units = [
        int.from_bytes(path.encode("utf-16-le", "surrogatepass")[i : i + 2], "little")
        for i in range(0, 2 * sum(2 if ord(c) > 0xFFFF else 1 for c in path), 2)
    ]
    plain = "".join(chr(u) if chr(u).isascii() and chr(u).isalnum() else "-" for u in units)
    if len(plain) <= 200:
        return plain
    h = 0
    for unit in units:
        h = (h * 31 + unit) & 0xFFFFFFFF
    h = abs(h - (1 << 32) if h & (1 << 31) else h)
    digits = ""
    while h:
        h, rest = divmod(h, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return f"{plain[:200]}-{digits or '0'}"


@pytest.mark.parametrize(
    "folder",
    [
        "plain",
        "with space",
        "dotted.name_and-dash",
        "Ünïcode",
        "漢字",
        "emoji👩‍💻",
        "x" * 180,
        "漢" * 80 + "/" + "字" * 80,
        "a/" * 120 + "b",
    ],
)
def test_the_slug(warm: Warm, tmp_path: Path, folder: str) -> None:
    project = tmp_path / folder
    project.mkdir(parents=True)
    home = tmp_path / "h"
    home.mkdir()
    out = run_in(warm, project, home, "path").out.rstrip("\n")
    assert Path(out).parts[-3:] == ("projects", slug(str(project)), "memory")


def test_where_memory_lives(warm: Warm, tmp_path: Path) -> None:
    home, project = tmp_path / "h", tmp_path / "p"
    home.mkdir()
    (project / "deep" / "er").mkdir(parents=True)
    git = {
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "PATH": os.environ["PATH"],
        "HOME": str(home),
    }
    for arguments in (
        ["init", "-q"],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "x"],
        ["worktree", "add", "-q", str(tmp_path / "wt")],
    ):
        subprocess.run(["git", *arguments], cwd=project, check=True, env=git)

    def path(cwd: Path, *arguments: str, **env: str) -> str:
        return str(run_in(warm, cwd, home, *arguments, "path", **env).out.rstrip("\n"))

    root = path(project)
    assert root.startswith(str(home / ".local" / "share" / "memctl" / "projects"))
    assert (
        path(project / "deep" / "er")
        == path(tmp_path / "wt")
        == path(tmp_path, "-C", str(project / "deep"))
        == root
    )
    claude = home / ".claude" / "projects" / slug(str(project)) / "memory"
    claude.mkdir(parents=True)
    assert path(project) == path(tmp_path / "wt") == str(claude)
    elsewhere = tmp_path / "cc" / "projects" / slug(str(project)) / "memory"
    elsewhere.mkdir(parents=True)
    assert path(project, CLAUDE_CONFIG_DIR=str(tmp_path / "cc")) == str(elsewhere)
    assert path(project, MEMCTL_HOME=str(tmp_path / "mh")) == str(
        tmp_path / "mh" / "projects" / slug(str(project)) / "memory"
    )
    assert path(project, CLAUDE_COWORK_MEMORY_PATH_OVERRIDE=str(tmp_path / "cowork")) == str(
        tmp_path / "cowork"
    )
    assert path(
        project, MEMCTL_DIR=str(tmp_path / "d"), CLAUDE_COWORK_MEMORY_PATH_OVERRIDE=str(tmp_path / "cowork")
    ) == str(tmp_path / "d")
    assert path(project, "--dir", str(tmp_path / "e"), MEMCTL_DIR=str(tmp_path / "d")) == str(tmp_path / "e")
    (project / ".claude").mkdir()
    (project / ".claude" / "settings.json").write_text(json.dumps({"autoMemoryDirectory": "/evil"}))
    (project / "config.toml").write_text('memory_dir = "/evil"\n')
    assert path(project) == str(claude)
    (home / ".claude" / "settings.json").write_text(
        json.dumps({"autoMemoryDirectory": str(tmp_path / "auto")})
    )
    assert path(project).startswith(str(tmp_path / "auto"))
    config = home / ".config" / "memctl"
    config.mkdir(parents=True)
    (config / "config.toml").write_text(f'memory_dir = "{tmp_path / "own"}"\n')
    assert path(project).startswith(str(tmp_path / "own"))
    explained = run_in(warm, project, home, "path", "--explain").out
    for word in (
        "MEMCTL_DIR",
        "CLAUDE_COWORK_MEMORY_PATH_OVERRIDE",
        "memory_dir",
        "autoMemoryDirectory",
        "MEMCTL_HOME",
    ):
        assert word in explained
    assert explained.splitlines()[-1].startswith(str(tmp_path / "own"))


def test_places_can_be_overridden_and_nothing_else_is_touched(filled: Place) -> None:
    places = {
        f"MEMCTL_{kind}_DIR": str(filled.base / kind.lower()) for kind in ("CONFIG", "STATE", "CACHE", "DATA")
    }
    filled("save", "Logs are kept for ninety days", "--name", "logs", env=places)
    filled("recall", "logs kept", "--selector", "lexical", env=places)
    assert {p.name for p in filled.directory.iterdir()} == {
        "MEMORY.md",
        "logs.md",
        "prefer-pnpm.md",
        "deploy-window.md",
        "staging-host.md",
        "answers-short.md",
    }
    assert list(Path(filled.env["HOME"]).rglob("*")) == []
    assert (filled.base / "state").is_dir()
    assert (filled.base / "cache").is_dir()


def test_the_cache_may_be_deleted_or_rubbish(filled: Place) -> None:
    first = filled("recall", "pnpm packages", "--selector", "lexical").out
    for path in Path(filled.env["HOME"]).rglob("*.sqlite"):
        for content in (b"", b"rubbish" * 1000, path.read_bytes()[:5000]):
            path.write_bytes(content)
            assert filled("recall", "pnpm packages", "--selector", "lexical").out == first
            filled("list")
        path.unlink()
        path.mkdir()
        assert filled("recall", "pnpm packages", "--selector", "lexical").out == first


def test_settings_that_are_wrong_are_named(filled: Place) -> None:
    config = Path(filled.env["HOME"]) / ".config" / "memctl"
    config.mkdir(parents=True)
    for text in (
        "not toml [",
        "selector = 17\n",
        "deadline = 'x'\n",
        "\0",
        "limit = -4\n",
        "nosuch = 1\n",
        "selector = 'magic'\n",
    ):
        (config / "config.toml").write_text(text)
        for verb in (["list"], ["recall", "pnpm"], ["config", "list"], ["doctor"]):
            done = filled(*verb, codes=(0, 1, 2))
            if done.code == 2:
                assert "config.toml" in done.err or "selector" in done.err or "limit" in done.err


def test_examples_in_the_readme_use_verbs_that_exist() -> None:
    root = Path(__file__).parents[2]
    readme = (root / "README.md").read_text()
    used = set(re.findall(r"^\s*(?:\$ )?memctl ([a-z]+)", readme, re.M))
    assert used <= {*VERBS, "project", "transcripts", "tool", "mcp"}
    assert "memctl" in tomllib.loads((root / "pyproject.toml").read_text())["project"]["scripts"]
    assert sys.version_info >= (3, 11)
