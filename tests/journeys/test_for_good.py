"""`forget --for-good` and `forget --secret`: no byte is left where memctl keeps things; the rest stays."""

import base64
import json
import os
import shutil
from pathlib import Path

import pytest

from tests.doors.world import AGENT, World
from tests.kit.secret_samples import fill
from tests.kit.warm import Warm

TOKEN = "QUOKKA7731ZEBU"
LINE = f"The launch word of the barge is {TOKEN} at dawn."


@pytest.fixture
def world(tmp_path: Path, warm: Warm) -> World:
    made = World.make(tmp_path, warm)
    made.planted.remove(tmp_path / "tmp")
    made.planted.append(tmp_path / "asked")  # what the model was asked
    return made


def grown(world: World) -> None:
    """A memory that went through everything: updates, a rename, recall, enrichment, proposals, a spool."""
    cli = world.cli
    cli("save", "Dogs sleep in the shed.", "--name", "dogs", "--description", "Where dogs sleep")
    cli("save", LINE, "--name", f"word-{TOKEN.lower()}")
    cli("save", f"{LINE} Twice.", "--name", f"word-{TOKEN.lower()}", "--update")
    cli("mv", f"word-{TOKEN.lower()}", "launch-word")
    cli("undo")
    cli("redo")
    path = world.directory / "launch-word.md"
    path.write_text(path.read_text() + f"\nBy hand: {TOKEN} it is, mind the tide.\n")
    cli("recall", TOKEN, "--selector", "lexical")
    answer = {"memories": [{"id": 1, "prompts": [f"what is {TOKEN}", "when does the barge leave"]}]}
    cli("enrich", "launch-word", **world.model(answer))
    cli("recall", "what launches the barge", "--selector", "lexical", "--surfaced", "s1")
    said = (f"From now on always say {TOKEN} loudly when the barge leaves.", "Please always use tabs in Go.")
    cli("extract", str(world.session(*(("user", text) for text in said))), "--engine", "rules")
    cli("save", "Cats sleep on the roof.", "--name", "cats")


def test_no_byte_of_it_is_left_and_everything_else_is(world: World) -> None:
    grown(world)
    cli = world.cli
    for proposal in world.waiting():
        verdict = "--reject" if TOKEN in json.dumps(proposal) else "--accept"
        cli("review", verdict, proposal["id"])
    cli("recall", TOKEN, "--selector", "lexical")
    assert world.holds(TOKEN)
    before = [c for c in cli("log", "--json").json["changes"] if "cats.md" in c["files"]]
    done = cli("forget", "--for-good", "launch-word", "--yes")
    assert world.holds(TOKEN) == []
    assert "cannot be undone" in done.err
    log = cli("log", "--json").json["changes"]
    assert log[0]["verb"] == "erase"
    assert [{**c, "commit": ""} for c in log if "cats.md" in c["files"]] == [
        {**c, "commit": ""} for c in before
    ]
    assert cli("show", "cats", "dogs").code == 0
    cli("restore", "launch-word", code=3)
    assert "cats" in (world.directory / "MEMORY.md").read_text()
    cli("undo")
    assert not any("history" in f["id"] for f in cli("doctor", "--json", code=None).json["findings"])
    said = world.session(("user", f"From now on always say {TOKEN} loudly when the barge leaves."))
    cli("extract", str(said), "--engine", "rules", "--all")
    assert TOKEN not in json.dumps(world.waiting())


def test_what_recall_keeps_of_a_proposal_about_it_goes_too(world: World) -> None:
    cli, names = world.cli, (f"old-{TOKEN.lower()}", f"new-{TOKEN.lower()}")
    for name, text in zip(names, ("is mailed by Priya", "is no longer mailed by Priya"), strict=True):
        file = world.plant(name, f"The crew rota {text}", f"The crew rota {text}.\n")
        world.planted.remove(file)
        os.utime(file, (1e9, 1e9) if name == names[0] else (1.1e9, 1.1e9))
    cli("dream")
    os.utime(next(world.state.glob("stores/*/inbox")), (1e9, 1e9))
    cli("recall", "who mails the crew rota", "--selector", "lexical")
    assert any(path.endswith(".doubts") for path in world.holds(TOKEN))
    cli("forget", "--for-good", *names, "--yes")
    assert world.holds(TOKEN) == []


def test_a_memory_that_waits_in_the_spool_and_the_inbox_goes_too(world: World) -> None:
    grown(world)
    kept = next(world.state.glob("stores/*")) / "spool"
    kept.mkdir(mode=0o700)
    change = {"schema": 1, "at": 1.0, "reason": "disk-full", "verb": "save", "why": "", "actor": "memctl"}
    text = "VGhlIGxhdW5jaCB3b3JkIG9mIHRoZSBiYXJnZSBpcyBRVU9LS0E3NzMxWkVCVSBhdCBkYXduLg=="
    operations = [{"file": "launch-word.md", "expect": "sha256:0", "content": text}]
    (kept / "ab.json").write_text(
        json.dumps({**change, "session": None, "renames": [], "operations": operations})
    )
    world.cli("forget", "--for-good", "launch-word", "--yes")
    left = world.cli("review", "--list", "--json").json["proposals"]
    assert not list(kept.iterdir())
    assert all(TOKEN not in json.dumps(p) or "loudly" in json.dumps(p) for p in left)


def test_it_asks_before_and_an_agent_is_refused(world: World) -> None:
    cli = world.cli
    cli("save", LINE, "--name", "launch-word")
    refused = cli("forget", "--for-good", "launch-word", code=5)
    assert "--yes" in refused.err
    assert "cannot be undone" in refused.err
    cli("forget", "--for-good", "launch-word", "--yes", code=5, **AGENT)
    cli("forget", "--for-good", "nothing", "--yes", code=3)
    assert cli("show", "launch-word").code == 0


def test_a_forgotten_memory_and_only_its_own_former_names(world: World) -> None:
    cli = world.cli
    cli("save", LINE, "--name", "crane")
    cli("mv", "crane", "hoist")
    cli("save", "The crane by the quay is painted ochre today.", "--name", "crane")
    cli("save", "It has a horn that is blown at noon.", "--name", "crane", "--update")
    cli("forget", "hoist")
    cli("forget", "--for-good", "hoist", "--yes")
    assert world.holds(TOKEN) == []
    assert [c["verb"] for c in cli("log", "crane", "--json").json["changes"]] == ["save", "save"]
    cli("undo")
    assert "ochre" in cli("show", "crane").out
    cli("mv", "crane", "derrick")
    named = cli("forget", "--for-good", "crane", "--yes", code=3)
    assert "derrick" in named.err


def test_what_it_cannot_reach_is_named(world: World) -> None:
    home = Path(os.environ["HOME"])
    slug = world.directory.parent.name
    records = home / ".claude" / "projects" / slug
    records.mkdir(parents=True)
    shutil.move(world.session(("user", f"Remember: {LINE}")), records / "s1.jsonl")
    (records / "s2.jsonl").write_text('{"type": "user"}\n')
    world.cli("save", LINE, "--name", "launch-word")
    world.plant("copy", "A copy by hand", f"{LINE}\n")
    (world.directory / ".launch-word.md.swp").write_text(LINE)
    for skill, text in (("leave-harbour", f"Steps\n\n{LINE}\n"), ("moor", "Throw a line.\n")):
        (home / ".claude" / "skills" / skill).mkdir(parents=True)
        (home / ".claude" / "skills" / skill / "SKILL.md").write_text(text)
    done = world.cli("forget", "--for-good", "launch-word", "--yes", "--json").json
    said = "\n".join(done["left"])
    assert "s1.jsonl" in said
    assert "s2.jsonl" not in said
    assert "copy.md says the same" in said
    assert ".launch-word.md.swp" in said
    assert "leave-harbour/SKILL.md holds it" in said
    assert "moor" not in said


def test_a_value_is_replaced_wherever_it_stands(world: World) -> None:
    cli, token = world.cli, fill("gh|p_{a36}", 7)
    cli("save", "Dogs sleep in the shed.", "--name", "dogs")
    cli("save", f'The "key": it is {token} for now.', "--name", "key", "--allow-secret", "github-pat")
    cli("save", "It is in the vault.", "--name", "key", "--update")
    path = world.plant("notes", "By hand", f"Log in with {token}.\n")
    world.planted.remove(path)
    cli("index")
    cli("recall", "key", "--selector", "lexical")
    assert world.holds(token)
    found = cli("forget", "--secret", "--yes")
    assert "github-pat" in found.err
    assert token not in found.out + found.err
    assert world.holds(token) == []
    assert "Log in with _erased_." in cli("show", "notes").out
    versions = [c["commit"] for c in cli("log", "key", "--json").json["changes"]]
    assert len(versions) == 2
    cli("restore", "key", "--at", versions[-1])
    assert 'The "key": it is _erased_ for now.' in cli("show", "key").out
    assert cli("forget", "--secret", "--yes").lines == ["no secret was found"]
    cli("forget", "--secret", "ab", "--yes", code=2)


def test_a_value_is_read_from_stdin_and_erased_from_names_and_proposals(world: World) -> None:
    cli = world.cli
    cli("save", LINE, "--name", f"word-{TOKEN}")
    cli(
        "extract",
        str(world.session(("user", f"Please always say {TOKEN} twice in Go."))),
        "--engine",
        "rules",
    )
    assert TOKEN in json.dumps(world.waiting())
    cli("forget", "--secret", "-", "--yes", stdin=f"{TOKEN}\n")
    assert world.holds(TOKEN) == []
    assert (world.directory / "word-_erased_.md").exists()
    assert "(word-_erased_.md)" in (world.directory / "MEMORY.md").read_text()
    assert "_erased_" in json.dumps(world.waiting())
    assert not any(f["id"].startswith("index") for f in cli("doctor", "--json", code=None).json["findings"])


def test_histories_that_were_set_aside_are_erased_too(world: World) -> None:
    cli = world.cli
    cli("save", LINE, "--name", "launch-word")
    store = next(world.state.glob("stores/*"))
    shutil.copytree(store, f"{store}.before-abc123")
    shutil.copytree(store / "history.git", store / "history.git.damaged-abc123")
    cli("forget", "--for-good", "launch-word", "--yes")
    assert world.holds(TOKEN) == []
    assert (store / "history.git.damaged-abc123").is_dir()


def test_of_two_pasts_that_are_one_nothing_is_left_and_undo_goes_on(world: World) -> None:
    """Renamed in both lines, joined by a restore, with something to redo, and the joining half done."""
    cli = world.cli
    cli("save", LINE, "--name", "word")
    cli("save", "Dogs sleep in the shed.", "--name", "dogs")
    file = world.top / "given" / "b.tar"
    cli("backup", str(file))
    cli("mv", "word", "password")
    shutil.copytree(world.top / "state", world.top / "other-state")
    shutil.rmtree(world.top / "state")
    for gone in ("password.md", "MEMORY.md"):
        (world.directory / gone).unlink()
    cli("save", f"{LINE} Again.", "--name", "motto")
    cli("mv", "motto", "word", code=None)
    cli("restore", "--from", str(file))
    file.unlink()
    shutil.rmtree(world.top / "other-state")
    cli("save", "Cats sleep on the roof.", "--name", "cats")
    cli("save", "Owls sleep in the oak.", "--name", "owls")
    cli("undo", "2")
    cli("redo")
    cli("undo")
    log = cli("log", "--json").json["changes"]
    reasons = [c["why"].split()[:2] for c in log if c["verb"] in ("undo", "redo")]
    assert world.holds(TOKEN)
    for name in [m["name"] for m in cli("list", "--json").json["memories"] if m["name"] != "dogs"]:
        cli("forget", "--for-good", name, "--yes")
    assert world.holds(TOKEN) == []
    after = cli("log", "--json").json["changes"]
    assert [c["why"].split()[:2] for c in after if c["verb"] in ("undo", "redo")] == reasons
    assert "restore" in [c["verb"] for c in after]
    assert "shed" in cli("show", "dogs").out
    cli("redo", "2")
    assert {"dogs", "cats", "owls"} <= {m["name"] for m in cli("list", "--json").json["memories"]}
    cli("undo", "2")
    assert [f for f in cli("doctor", "--json", code=None).json["findings"] if f["severity"] == "error"] == []


@pytest.mark.parametrize("name", ["outside", "save", "undo", "memctl", "code"])
def test_a_name_that_is_also_a_word_of_the_history_breaks_nothing(world: World, name: str) -> None:
    """Nobody's edit by hand is taken back, and what was undone can still come back."""
    cli = world.cli
    cli("save", LINE, "--name", name)
    cli("save", "Dogs sleep in the shed.", "--name", "dogs")
    path = world.directory / "dogs.md"
    path.write_text(path.read_text().replace("shed", "barn"))
    cli("save", "Cats sleep on the roof.", "--name", "cats")
    cli("undo")
    before = [(c["verb"], c["actor"], c["why"].split()[:1]) for c in cli("log", "--json").json["changes"]]
    cli("forget", "--for-good", name, "--yes")
    assert world.holds(TOKEN) == []
    after = [(c["verb"], c["actor"], c["why"].split()[:1]) for c in cli("log", "--json").json["changes"]]
    assert after[1 : len(before)] == before[:-1]
    cli("redo")
    assert cli("show", "cats").code == 0
    cli("undo")
    assert "barn" in cli("show", "dogs").out


@pytest.mark.parametrize("value", ["outside", "memctl", "Memctl"])
def test_a_value_that_is_also_a_word_of_the_history_breaks_nothing(world: World, value: str) -> None:
    cli = world.cli
    cli("save", "Dogs sleep in the shed.", "--name", "dogs")
    path = world.directory / "dogs.md"
    path.write_text(path.read_text().replace("shed", f"{value} barn"))
    cli("save", "Cats sleep on the roof.", "--name", "cats")
    before = [(c["verb"], c["actor"]) for c in cli("log", "--json").json["changes"]]
    cli("forget", "--secret", "-", "--yes", stdin=f"{value}\n")
    after = [(c["verb"], c["actor"]) for c in cli("log", "--json").json["changes"]]
    assert after[-3:] == before


def test_reasons_of_moves_survive_and_undo_goes_back_to_the_former_folder(world: World) -> None:
    cli = world.cli
    cli("save", "Alpha is at the quay.", "--name", "alpha")
    cli("save", LINE, "--name", "claude")
    former = cli("path").lines
    cli("hooks", "install", "claude-code")
    assert cli("path").lines != former
    cli("forget", "--for-good", "claude", "--yes")
    why = next(c["why"] for c in cli("log", "--json").json["changes"] if c["verb"] == "adopt")
    assert why.startswith("one memory with Claude Code, from ")
    for verb, steps, stands, names in (
        ("undo", "1", True, ["alpha"]), ("redo", "1", False, ["alpha"]), ("undo", "2", False, []),
        ("redo", "2", False, ["alpha"]),
    ):  # fmt: skip
        cli(verb, steps)
        assert (cli("path").lines == former) is stands
        assert [m["name"] for m in cli("list", "--json").json["memories"]] == names


def test_names_that_come_to_be_the_same_get_names_of_their_own(world: World) -> None:
    """Also in the history, in the index and in links; and every later write goes on."""
    cli = world.cli
    values = {"alpha-customer": "Alpha pays late.", "beta-customer": "Beta pays early."}
    for value, text in values.items():
        cli("save", text, "--name", f"note-{value}")
        cli("save", f"{text} Always.", "--name", f"note-{value}", "--update")
    cli("save", "See [[note-beta-customer]] for the early one.", "--name", "links")
    for value in values:
        cli("forget", "--secret", "-", "--yes", stdin=f"{value}\n")
        assert world.holds(value) == []
    assert "Alpha" in cli("show", "note-_erased_").out
    assert "Beta pays early. Always." in cli("show", "note-_erased_-2").out
    assert "[[note-_erased_-2]]" in cli("show", "links").out
    log = cli("log", "note-_erased_-2", "--json").json["changes"]
    assert [c["verb"] for c in log][-2:] == ["save", "save"]
    assert "outside" not in [c["verb"] for c in cli("log", "--json").json["changes"]]
    cli("restore", "note-_erased_-2", "--at", log[-1]["commit"])
    assert "Always" not in cli("show", "note-_erased_-2").out
    cli("save", "Dogs sleep in the shed.", "--name", "dogs")
    assert not any(f["id"].startswith("index") for f in cli("doctor", "--json", code=None).json["findings"])


def test_an_erasure_that_something_blocks_is_said_and_stops_nobody(world: World) -> None:
    cli = world.cli
    cli("save", LINE, "--name", "launch-word")
    cli("save", "Cranes are free on Sundays.", "--name", "free")
    entry = next(world.state.glob("stores/*")) / "journal" / "erasure"
    shutil.rmtree(entry.parent, ignore_errors=True)
    entry.parent.mkdir(mode=0o700)
    note = {"schema": 1, "id": "ab", "actor": "memctl", "names": [], "files": [], "texts": []}
    renames = [["launch-word.md", "free.md"]]  # somebody took the name that it was to get
    entry.write_text(json.dumps({**note, "values": ["launch"], "renames": renames}))
    done = cli("save", "Dogs sleep in the shed.", "--name", "dogs")
    assert "an erasure for good is unfinished" in done.err
    assert "free.md" in done.err
    cli("forget", "launch-word", code=6)
    assert "unfinished" in cli("forget", "--for-good", "dogs", "--yes", code=6).err
    entry.write_text("no note")
    assert "unfinished" in cli("save", "Cats sleep on the roof.", "--name", "cats").err
    entry.write_text(
        json.dumps({**note, "values": ["launch"], "renames": [["launch-word.md", "_erased_-word.md"]]})
    )
    cli("save", "Owls sleep in the oak.", "--name", "owls")
    assert not entry.exists()
    assert cli("show", "_erased_-word").code == 0


def test_what_merely_has_a_short_memory_in_it_stays_and_is_named(world: World) -> None:
    cli = world.cli
    said = "Always use pnpm for the frontend installs, never npm."
    cli("extract", str(world.session(("user", said))), "--engine", "rules")
    assert [said[:15]] == [p["body"][:15] for p in world.waiting()]
    cli("save", "use pnpm", "--name", "pnpm", "--force")
    kept = next(world.state.glob("stores/*")) / "spool"
    kept.mkdir(mode=0o700)
    change = {"schema": 1, "at": 1.0, "reason": "disk-full", "verb": "save", "why": "", "actor": "memctl"}
    for name, text in (("ab", "Do not use pnpm in CI.\n"), ("cd", "Use pnpm\n")):
        content = base64.b64encode(f"---\nname: {name}\n---\n{text}".encode()).decode()
        operations = [{"file": f"{name}.md", "expect": None, "content": content}]
        document = {**change, "session": None, "renames": [], "operations": operations}
        (kept / f"{name}.json").write_text(json.dumps(document))
    done = cli("forget", "--for-good", "pnpm", "--yes", "--json").json
    assert [path.name for path in kept.iterdir()] == ["ab.json"]
    assert [words for words in done["also"] if "save of cd.md" in words] == done["also"]
    assert len(world.waiting()) == 1
    mentioned = [sentence for sentence in done["left"] if "also mentioned in" in sentence]
    assert any(world.waiting()[0]["id"] in sentence for sentence in mentioned)
    assert not list(world.state.glob("stores/*/tombstones/*.json"))


def test_a_proposal_that_says_it_goes_with_it_and_is_reported(world: World) -> None:
    cli = world.cli
    said = f"Always give the barge {TOKEN} at the north quay."
    cli("extract", str(world.session(("user", said))), "--engine", "rules")
    cli("save", world.waiting()[0]["body"], "--name", "barge", "--force")
    done = cli("forget", "--for-good", "barge", "--yes")
    assert "the proposal" in done.err
    assert "went with it" in done.err
    assert world.waiting() == []
    assert world.holds(TOKEN) == []


def test_what_cannot_be_read_is_no_place_where_nothing_was_found(world: World) -> None:
    world.cli("save", LINE, "--name", "launch-word")
    paths = [world.directory / name for name in ("closed.md", ".closed.swp")]
    for path in paths:
        path.symlink_to(world.given("elsewhere", LINE))
    left = "\n".join(world.cli("forget", "--for-good", "launch-word", "--yes", "--json").json["left"])
    for path in paths:
        assert f"{path} could not be looked into" in left


def test_a_backup_is_not_taken_for_nothing(world: World) -> None:
    world.cli("save", LINE, "--name", "launch-word")
    world.cli("backup", str(world.top / "given" / "b.tar"))
    done = world.cli("forget", "--for-good", "launch-word", "--yes")
    assert "where memctl looks" in done.err
    assert "a backup or a copy that you made still holds it" in done.err


ALWAYS = "Always run the QUOKKA7731ZEBU linter before every release"


@pytest.mark.parametrize(
    ("said", "body"),
    [
        (f"{ALWAYS} because the auditors ask.", f"{ALWAYS}.\n\n**Why:** The auditors ask for it."),
        (f"{ALWAYS.replace(' before', chr(10) + 'before')} of the app.", f"{ALWAYS} of the app."),
        (f"Please note for all of us: {ALWAYS} because the auditors ask.", ALWAYS),
    ],
)
def test_a_sentence_of_it_goes_from_what_is_kept_of_sessions_and_its_record_is_named(
    world: World, said: str, body: str
) -> None:
    records = Path(os.environ["HOME"]) / ".claude" / "projects" / world.directory.parent.name
    records.mkdir(parents=True)
    world.planted.append(records)
    shutil.move(world.session(("user", said), ("user", "Fix the login page.")), records / "s1.jsonl")
    world.cli("session", "update", "--transcript", str(records / "s1.jsonl"))
    summary = next(world.state.glob("stores/*/sessions/*/summary.md"))
    summary.write_text(summary.read_text() + "\nMy own line stays.\n")
    assert TOKEN in summary.read_text()
    world.cli("save", body, "--name", "lint")
    left = world.cli("forget", "--for-good", "lint", "--yes", "--json").json["left"]
    assert world.holds(TOKEN) == []
    assert "My own line stays." in summary.read_text()
    assert any("s1.jsonl" in sentence for sentence in left)


def test_the_sessions_that_it_came_from_keep_no_other_words_of_it(world: World) -> None:
    records = Path(os.environ["HOME"]) / ".claude" / "projects" / world.directory.parent.name
    records.mkdir(parents=True)
    world.planted.append(records)
    shutil.move(world.session(("user", f"{ALWAYS}, please.")), records / "s1.jsonl")
    world.cli("session", "update", "--transcript", str(records / "s1.jsonl"))
    gathered = next(world.state.glob("stores/*/sessions/*/gathered.json"))
    session = json.loads(gathered.read_text())["session"]
    world.plant("lint", "Lint first", f"The {TOKEN} comes first of all.\n", originSessionId=session)
    world.cli("forget", "--for-good", "lint", "--yes")
    assert world.holds(TOKEN) == []


def test_what_the_doctor_keeps_goes_too(world: World) -> None:
    cli = world.cli
    cli("save", LINE, "--name", "launch-word")
    cli("doctor", code=None)
    (found,) = (world.top / "cache").rglob("*.diagnoses")
    whole = found.with_suffix(".verified")
    whole.write_text("a history is remembered as whole two seconds after its last change\n")
    cli("forget", "--for-good", "launch-word", "--yes")
    assert [path for path in (found, whole) if path.exists()] == []
