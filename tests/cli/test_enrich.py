"""`enrich` without a key, and `save --when`: what is printed, taken, and kept."""

import json
from pathlib import Path

import pytest

from tests.kit import sessions
from tests.kit.cli import Memctl
from tests.kit.secret_samples import fill
from tests.kit.topics import write_topic
from tests.kit.warm import Warm

SECRET = fill("gh|p_{a36}")


@pytest.fixture
def cli(tmp_path: Path, memory_dir: Path, warm: Warm) -> Memctl:
    write_topic(memory_dir, "wombat", "Deploys use the wombat pipeline", f"On Fridays, with {SECRET}.")
    write_topic(memory_dir, "merging", "PR", "# How branches are merged\n\nSquash first. Then wait.")
    env = {
        name: str(tmp_path / name) for name in ("MEMCTL_STATE_DIR", "MEMCTL_CACHE_DIR", "MEMCTL_CONFIG_DIR")
    }
    return Memctl(cwd=tmp_path, directory=memory_dir, env=env, warm=warm)


def test_the_prompt_for_a_chat_is_whole_and_its_answer_is_taken(cli: Memctl) -> None:
    printed = cli("enrich", "--print")
    for part in (
        "Answer with one JSON object",
        "id: wombat",
        "id: merging",
        "description: wanted",
        "Squash first.",
    ):
        assert part in printed.out
    assert SECRET not in printed.out
    assert "2 memories: name, type, description and body" in printed.err
    answer = {
        "memories": [
            {"id": "wombat", "prompts": ["how do I ship this", f"use {SECRET}"]},
            {
                "id": "merging",
                "prompts": ["combine my work"],
                "description": "Squash a branch before it is merged",
            },
        ]
    }
    done = cli("enrich", "--from", "-", stdin=f"Here you go:\n```json\n{json.dumps(answer)}\n```\n")
    assert [Path(line).stem for line in done.lines] == ["wombat", "merging"]
    assert "wombat.md: 1 of the prompts left out" in done.err
    assert [Path(line).stem for line in cli("recall", "how to ship it").lines] == ["wombat"]
    assert "Squash a branch before it is merged" in cli("review", "--list").out
    assert cli("enrich", "--print").out == ""


def test_unknown_names_are_named_and_the_rest_is_kept(cli: Memctl, tmp_path: Path) -> None:
    given = {"Wombat.md": ["ship it"], "wombta": ["x y"], "nosuch": ["z"]}
    done = cli("enrich", "--from", "-", stdin=json.dumps(given), code=3, TMPDIR=str(tmp_path))
    assert [Path(line).stem for line in done.lines] == ["wombat"]
    assert "'wombta', 'nosuch'" in done.err
    assert "did you mean wombat?" in done.err
    (rest,) = tmp_path.glob("memctl-edit-*/unknown.json")
    assert json.loads(rest.read_text()) == {"wombta": ["x y"], "nosuch": ["z"]}
    list_ = tmp_path / "mine.json"
    list_.write_text(json.dumps({"wombat": [f"the token is {SECRET}"]}))
    assert cli("enrich", "--from", str(list_), "--json", code=5).out == ""
    assert "no list of prompts" in cli("enrich", "--from", "-", stdin="hello", code=1).err
    assert cli("enrich", "wombat", "--from", "-", stdin="{}", code=2).out == ""


def test_what_is_no_text_is_put_aside_and_what_is_too_long_is_refused_whole(
    cli: Memctl, tmp_path: Path
) -> None:
    half = '{"nosuch": ["half a pair \\ud800"], "wombat": ["ship it"]}'
    assert "'nosuch'" in cli("enrich", "--from", "-", stdin=half, code=3, TMPDIR=str(tmp_path)).err
    assert next(tmp_path.glob("memctl-edit-*/unknown.json")).exists()
    long = tmp_path / "long.json"
    long.write_text(
        json.dumps({"merging": ["how do I merge"], "filler": ["x" * (1 << 20)], "wombat": ["y z"]})
    )
    assert "longer than 1 MiB" in cli("enrich", "--from", str(long), code=5).err


def test_without_a_key_stdout_stays_empty_and_the_way_without_is_named(cli: Memctl) -> None:
    done = cli("enrich", "--json", "--quiet", code=4)
    assert done.out == ""
    assert "memctl enrich --print" in json.loads(done.err.splitlines()[-1])["error"]["hint"]


def test_prompts_that_are_too_many_are_counted(cli: Memctl) -> None:
    many = [word for number in range(26) for word in ("--when", f"prompt number {number}")]
    assert "2 of the prompts" in cli("save", "Releases wait for the audit", "--name", "audit", *many).err


def test_a_dry_run_shows_what_would_be_sent_without_credentials(cli: Memctl) -> None:
    shown = cli("enrich", "--dry-run", "--limit", "1", "--json").json
    assert (shown["calls"], len(shown["left"]), len(shown["requests"])) == (0, 1, 1)
    assert shown["requests"][0]["user"].startswith("<memory-1-")
    assert SECRET not in cli("enrich", "--dry-run").out


def test_prompts_given_with_a_save_pass_the_guard_and_stay(cli: Memctl) -> None:
    refused = cli("save", "Lunch is at noon", "--name", "lunch", "--when", f"use {SECRET}", code=5)
    assert "the prompt holds a secret" in refused.err
    assert cli("show", "lunch", code=3).out == ""
    saved = cli(
        "save", "Lunch is at noon", "--name", "lunch", "--when", "I am hungry", "--when", "noodles?", "--json"
    )
    assert saved.json["memory"]["anticipated"] == ["I am hungry", "noodles?"]
    added = cli("save", "--update", "--name", "lunch", "--when", "where is the canteen", "--json").json
    assert (added["action"], len(added["memory"]["anticipated"])) == ("unchanged", 3)
    changed = cli("save", "Lunch is at one", "--update", "--name", "lunch", "--json").json
    assert len(changed["memory"]["anticipated"]) == 3
    cli("mv", "lunch", "canteen")
    assert [Path(line).stem for line in cli("recall", "so hungry now").lines] == ["canteen"]


def test_the_languages_of_the_person_are_learnt_and_may_be_set(cli: Memctl, tmp_path: Path) -> None:
    said = [("user", f"kannst du bitte nachsehen, warum der Test {n} nicht mehr läuft") for n in range(4)]
    path = str(sessions.write(said, "claude-code", tmp_path))
    for _ in range(2):
        cli("extract", path, "--engine", "rules")
    counts = tmp_path / "MEMCTL_STATE_DIR" / "languages.json"
    assert json.loads(counts.read_text()) == {"de": 4}
    assert "prompts in: de\n" in cli("enrich", "--print").out
    assert "prompts in: ja, en\n" in cli("enrich", "--print", MEMCTL_LANGUAGES="ja, EN").out


def test_a_list_shows_what_stands_in_for_a_description(cli: Memctl) -> None:
    said = {m["name"]: m["description"] for m in cli("list", "--json").json["memories"]}
    assert said["merging"] == "PR — How branches are merged — Squash first."
    assert [Path(line).stem for line in cli("recall", "how are branches merged").lines] == ["merging"]
    assert "How branches are merged" in cli("context").out
    found = [f for f in cli("doctor", "--json", code=1).json["findings"] if f["id"] == "description.silent"]
    assert [f["message"] for f in found] == ["1 description is missing or says nothing: merging"]


def test_prompts_come_along_into_the_folder_of_claude_code(tmp_path: Path, warm: Warm) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    work.mkdir()
    cli = Memctl(cwd=work, directory=None, env={"HOME": str(home)}, warm=warm)
    cli.env |= {name: str(tmp_path / name) for name in ("MEMCTL_STATE_DIR", "MEMCTL_CACHE_DIR")}
    cli("save", "Deploys use the wombat", "--name", "wombat", "--when", "ship it to prod")
    slug = str(work.resolve()).replace("/", "-").replace("_", "-").replace(".", "-")
    theirs = home / ".claude" / "projects" / slug / "memory"
    theirs.mkdir(parents=True)
    write_topic(theirs, "other", "Something else entirely", "x")
    cli("project", "adopt")
    assert cli("recall", "please ship it to prod").lines == [str(theirs / "wombat.md")]
