"""What version 0.1.0 left in a home directory is read, finished and carried on by this version.

Most tests compare with what 0.1.0 itself said of that state (`Home.said`).
"""

import json
import os
import shlex
import sqlite3
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from memctl.hooks.hooklog import COUNTS
from memctl.store.search import database
from tests.kit import sessions
from tests.kit.cli import Memctl, asking
from tests.kit.released import INTERPRETER, Home, unpack

SESSION, SECOND = "5b0c1f0e-3d0b-4a51-9a39-6f1f4d3a7c10", "9d2e7a44-10c5-4c1b-8f6e-2b7a5e0d9f21"
SCRATCH = "No header at all, only a thought about vouchers."
"""The beginning of the one memory without a description, which lists show in its place."""

SETTINGS = (
    '{\n  "model": "opus",\n  "hooks": {\n    "Stop": [{"hooks": [{"type": "command", "command": "say done"}]}]\n'
    "  }\n}\n"
)
"""Mira's settings of Claude Code before memctl was installed there."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return unpack(tmp_path)


@pytest.fixture
def shop(home: Home) -> Memctl:
    return home.at("shop")


def as_said(now: Any, said: Any) -> Any:
    """`now` without the keys that 0.1.0 did not know, and without ages: those pass."""
    if isinstance(said, dict):
        return {
            key: as_said(now[key], said[key]) for key in said if key not in ("age_days", "median_age_days")
        }
    if isinstance(said, list):
        assert len(now) == len(said), (now, said)
        return [as_said(one, other) for one, other in zip(now, said, strict=True)]
    return now


def check(now: Any, said: Any) -> None:
    """`now` says what `said` did; more keys are welcome."""
    assert as_said(now, said) == as_said(said, said)


def changes(shop: Memctl) -> list[dict[str, Any]]:
    """The whole history, the newest change first."""
    found: list[dict[str, Any]] = shop("log", "--limit", "1000", "--json").json["changes"]
    return found


def waiting(shop: Memctl) -> dict[str, dict[str, Any]]:
    """The proposals that wait, by name."""
    return {p["name"]: p for p in shop("review", "--list", "--json").json["proposals"]}


# --- memories ---


def test_every_memory_is_listed_and_shown(home: Home, shop: Memctl) -> None:
    shop("review", "--list")  # carries out the approval, as 0.1.0 did before it was asked
    listed = shop("list", "--sort", "modified", "--json").json["memories"]
    said = home.said["list"]
    (silent,) = [memory for memory in said if not memory["description"]]
    check(
        listed,
        [*said[: said.index(silent)], {**silent, "description": SCRATCH}, *said[said.index(silent) + 1 :]],
    )
    files = [memory["file"] for memory in listed]
    assert len(files) == 21
    shown = shop("show", *files, "--json").json["memories"]
    check(shown, home.said["show"])
    bodies = {memory["file"]: memory["body"] for memory in shown}
    assert bodies["deploys.md"].startswith("Deploy from main only.\r\n")
    assert bodies["team/on-call.md"].endswith("Ben stands in at Christmas.\n")
    assert "German and formally" in bodies["letters.md"]
    headers = {memory["name"]: memory["header"].get("metadata", {}) for memory in shown}
    assert headers["freeze"]["expires"] == "2026-01-31"
    assert headers["use-yarn"]["supersededBy"] == "prefer-pnpm"
    assert headers["grafana"]["pinned"] == "true"
    assert headers["page-size"]["evidence"].startswith("limits.py:1@")
    assert headers["backend-developer-have-never-used-react"]["originSessionId"] == SESSION


def test_reading_rewrites_no_memory(home: Home, shop: Memctl) -> None:
    before = home.files()
    shop("list")
    shop("context")
    shop("index", "--check")
    assert home.files() == before
    assert b"This paragraph was written by hand." in before["MEMORY.md"]
    assert shop("show", "--raw", "deploys").raw == before["deploys.md"]


def test_evidence_is_verified_and_stats_count(home: Home, shop: Memctl) -> None:
    shop("review", "--list")
    check(shop("verify", "--json", code=1).json, home.said["verify"])
    check(shop("stats", "--json").json, home.said["stats"])


# --- the history ---


def test_every_change_is_in_the_log(home: Home, shop: Memctl) -> None:
    found = changes(shop)
    old = found[-len(home.said["log"]) :]
    check(old, home.said["log"])
    assert Counter(change["verb"] for change in old) == {
        "save": 11, "outside": 2, "review": 4, "forget": 2, "undo": 2, "edit": 1, "mv": 1, "restore": 1,
        "create": 1, "index": 1,
    }  # fmt: skip
    assert Counter(change["actor"] for change in old) == {
        "memctl": 21, "outside": 2, "claude-code": 1, "memory-tool": 1, "auto": 1,
    }  # fmt: skip


def test_what_changed_since_the_first_commit(home: Home, shop: Memctl) -> None:
    """All that was killed is finished to the very bytes that 0.1.0 would have written."""
    shop("review", "--list")
    assert shop("diff", home.said["log"][-1]["commit"]).lines == home.said["diff"]


def test_undo_walks_back_through_the_old_changes(home: Home, shop: Memctl) -> None:
    waits = waiting(shop)  # finishes the killed save and the killed approval
    before = home.files()
    found = changes(shop)[:5]
    assert [change["why"].split(",")[0] for change in found] == [
        "create never-push-directly-main",
        "created lunch",
        f"takes back review {found[3]['commit'][:8]}",
        "create drop-python-3-9",
        "create priya-owns-billing-service",
    ]
    undone = shop("undo", "3", "--json").json["undone"]
    taken_back_then = found[2:4]  # an undo and its change, which does not stand any more
    standing = [change["commit"] for change in found if change not in taken_back_then]
    assert [change["commit"] for change in undone] == standing
    after = home.files()
    gone = {"never-push-directly-main", "lunch", "priya-owns-billing-service"}
    assert {*before} - {*after} == {f"{name}.md" for name in gone}
    assert not any(name in after["MEMORY.md"].decode() for name in gone)
    assert {*waiting(shop)} - {*waits} == gone - {"lunch"}
    shop("redo", "3")
    assert home.files() == before
    assert {*waiting(shop)} == {*waits}


def test_what_was_forgotten_is_restored(home: Home, shop: Memctl) -> None:
    for name, said in (("old-host", b"db1.example.org"), ("mistake", b"This was a mistake.")):
        shop("restore", name)
        assert said in (home.memory / f"{name}.md").read_bytes()
        assert f"({name}.md)" in (home.memory / "MEMORY.md").read_text()
    assert [(c["verb"], c["why"].split()[0]) for c in changes(shop)[:2]] == [
        ("restore", "mistake"),
        ("restore", "old-host"),
    ]


def test_new_changes_go_on_where_the_old_ones_ended(home: Home, shop: Memctl) -> None:
    shop("save", "Lunch is from the bakery.", "--name", "lunch", "--update")
    shop("mv", "deploys", "team/deploys")
    assert (home.memory / "team" / "deploys.md").read_bytes().endswith(b"was live over a weekend.\r\n")
    found = changes(shop)
    assert [(c["verb"], c["actor"], c["why"]) for c in found[:3]] == [
        ("mv", "memctl", "renamed deploys to team/deploys"),
        ("save", "memctl", "updated lunch"),
        ("save", "memctl", "created lunch"),
    ]
    assert len(found) == len(home.said["log"]) + 3


# --- what was killed or could not be written ---


def test_a_killed_save_is_finished_once(home: Home, shop: Memctl) -> None:
    assert [path.name for path in home.store.glob("journal/*")]
    assert "finished an interrupted save of lunch.md" in shop("list").err
    assert "interrupted" not in shop("list").err
    first, second = changes(shop)[:2]
    assert (first["verb"], first["actor"], first["why"]) == ("save", "memctl", "created lunch")
    assert first["files"] == ["MEMORY.md", "lunch.md"]
    assert second["commit"] == home.said["log"][0]["commit"]
    shop("undo")
    assert not (home.memory / "lunch.md").exists()
    assert "lunch" not in (home.memory / "MEMORY.md").read_text()


def test_a_kept_change_is_applied_by_the_doctor(home: Home, shop: Memctl) -> None:
    said = shop("list").err
    assert "a save of printer.md" in said
    assert "was not written (io)" in said
    fixed = shop("doctor", "--fix", code=1)
    assert "applied a kept save of MEMORY.md, printer.md" in fixed.out + fixed.err
    assert b"The printer is on floor two." in (home.memory / "printer.md").read_bytes()
    assert "(printer.md)" in (home.memory / "MEMORY.md").read_text()
    assert list(home.store.glob("spool/*")) == []
    applied = next(c for c in changes(shop) if "printer.md" in c["files"])
    assert (applied["verb"], applied["actor"], applied["why"]) == ("save", "memctl", "created printer")


def test_a_killed_approval_is_carried_out_once(home: Home, shop: Memctl) -> None:
    said = [shop("review", "--list").err for _ in range(2)]
    assert ["carried out the approved create of never-push-directly-main" in err for err in said] == [
        True,
        False,
    ]
    assert b"Never push directly to main." in (home.memory / "never-push-directly-main.md").read_bytes()
    made = [c for c in changes(shop) if "never-push-directly-main" in c["why"]]
    assert [(c["verb"], c["actor"], c["session"]) for c in made] == [("review", "memctl", SESSION)]
    shop("undo")
    assert "never-push-directly-main" in waiting(shop)


# --- the inbox ---


def test_every_proposal_waits_as_it_did(home: Home, shop: Memctl) -> None:
    found = shop("review", "--list", "--json").json["proposals"]
    check(found, home.said["review"])
    fingerprints = {m["name"]: m["fingerprint"] for m in shop("list", "--json").json["memories"]}
    touched = {"logs": "logs", "dashboards": "grafana", "kafka": "kafka", "tax-rate": "tax-rate"}
    assert {p["name"]: p["targets"] for p in found} == {
        "drop-python-3-9": [],
        "numpy-stays-below-2-3-until-port-done": [],
        **{name: [{"name": old, "seen": fingerprints[old]}] for name, old in touched.items()},
    }
    assert [p["name"] for p in found if p["stale"]] == []


@pytest.mark.parametrize(
    ("name", "file", "holds"),
    [
        ("numpy-stays-below-2-3-until-port-done", "numpy-stays-below-2-3-until-port-done.md", "below 2.3"),
        ("drop-python-3-9", "drop-python-3-9.md", "We decided to drop Python 3.9."),
        ("logs", "logs.md", "Keep the logs of staging for 90 days.\n\nAsk Ben for access.\n"),
        ("dashboards", "dashboards.md", "supersedes: grafana"),
        ("kafka", "kafka.md", None),
        ("tax-rate", "tax-rate.md", None),
    ],
)
def test_each_operation_is_accepted_and_undone(
    home: Home, shop: Memctl, name: str, file: str, holds: str | None
) -> None:
    proposal = waiting(shop)[name]
    before = home.files()
    shop("review", "--accept", proposal["id"])
    after = home.files()
    assert holds is None or holds in after[file].decode()
    assert (file in after) == (holds is not None)
    assert ("supersededBy: dashboards" in after["grafana.md"].decode()) == (name == "dashboards")
    pointed = f"({file})" in after["MEMORY.md"].decode()
    assert pointed == (holds is not None)
    last = changes(shop)[0]
    assert (last["verb"], last["session"]) == ("review", proposal["session"])
    assert last["why"] == f"{proposal['operation']} {name}, proposal {proposal['id']}"
    assert not (home.store / "inbox" / f"{proposal['id']}.json").exists()
    shop("undo")
    assert home.files() == before
    assert waiting(shop)[name]["id"] == proposal["id"]


def test_what_was_rejected_or_waits_is_not_proposed_again(home: Home, shop: Memctl) -> None:
    """By the rules, by a model, and for evidence that a person has looked at."""
    before = {*waiting(shop)}
    again = shop("extract", home.transcript(SESSION), "--engine", "rules", "--all", "--json").json
    assert (again["proposals"], again["turns"]) == ([], 8)
    assert home.said["extract"]["dropped"]["rejected"] == again["dropped"]["rejected"] == 1
    assert again["dropped"]["known"] > 0
    answer = home.path / "answer"
    drafts = [
        ("t1", "supersede", "dashboards", "reference", "Where the dashboards are now",
         "Dashboards: dash.example.org", "grafana", "The dashboards moved to dash.example.org"),
        ("t1", "delete", "kafka", "project", "", "", "", "kafka is gone"),
        ("t2", "create", "imprint", "project", "The imprint is translated", "The imprint is translated.", "",
         "Please translate the imprint."),
    ]  # fmt: skip
    keys = ("operation", "name", "type", "description", "body", "supersedes")
    said = [
        {**dict(zip(keys, draft, strict=True)), "why": "", "evidence": [{"turn": turn, "quote": quote}]}
        for turn, *draft, quote in drafts
    ]
    answer.write_text(f"#!/bin/sh\ncat >/dev/null\necho {shlex.quote(json.dumps({'proposals': said}))}\n")
    answer.chmod(0o755)
    command = ("extract", home.transcript(SECOND), "--all", "--engine", "llm", "--json")
    assert shop(*command, **asking(answer, home.path / "asking")).json["dropped"] == {
        "known": 2,
        "rejected": 1,
    }
    assert {*waiting(shop)} == before
    assert "cart-limit" not in before


def test_what_was_read_of_a_session_is_not_read_again(home: Home, shop: Memctl) -> None:
    for session in (SESSION, SECOND):
        found = shop("extract", home.transcript(session), "--engine", "rules", "--json").json
        assert (found["turns"], found["proposals"]) == (0, [])


# --- finding ---


def test_recall_finds_what_it_found(home: Home, shop: Memctl) -> None:
    for query, names in home.said["recall"].items():
        found = shop("recall", query, "--json").json["memories"]
        assert [memory["name"] for memory in found if not memory["superseded_by"]] == names
    assert home.said["recall"]["may I shred the paperwork of 2015"] == ["receipts"]
    (home.store / "anticipated.jsonl").unlink()
    assert shop("recall", "may I shred the paperwork of 2015").lines == []


def test_a_memory_keeps_its_anticipated_queries(home: Home, shop: Memctl) -> None:
    shop("mv", "receipts", "office/receipts")
    found = shop("recall", "may I shred the paperwork of 2015", "--json").json["memories"]
    assert [memory["file"] for memory in found] == ["office/receipts.md"]
    missing = shop("enrich", "--missing", "--dry-run", "--json").json["left"]
    assert not any("receipts" in line or "letters" in line for line in missing)
    assert any("kafka" in line for line in missing)


def test_the_older_search_cache_is_replaced_without_a_word(home: Home, shop: Memctl) -> None:
    shop("doctor", "--fix", code=1)  # so that nothing else is left to be said
    shop("review", "--list")
    with sqlite3.connect(home.cache) as db:  # as if the machine had not been started anew since
        ((made,),) = db.execute("select value from meta where key = 'made'")
        here = database.made()
        db.execute("update meta set value = ? where key = 'made'", ["5" + here[here.index(" ") :]])
    db.close()
    assert made.split()[0] == "5" != here.split()[0]
    found = shop("recall", "which package manager does the frontend use", "--selector", "lexical")
    assert found.lines == [str(home.memory / f"{name}.md") for name in ("prefer-pnpm", "use-yarn")]
    assert found.err == "memctl: use-yarn.md: replaced by prefer-pnpm on 2026-11-21\n"
    with sqlite3.connect(home.cache) as db:
        assert db.execute("select value from meta where key = 'made'").fetchall() == [(here,)]
    db.close()


def test_a_conversation_is_not_shown_the_same_again(home: Home, shop: Memctl) -> None:
    query = "which package manager does the frontend use"
    assert shop("recall", query, "--surfaced", SESSION).lines == []
    assert len(shop("recall", query, "--surfaced", "another").lines) == 2
    event = {"cwd": str(shop.cwd), "hook_event_name": "UserPromptSubmit", "prompt": query}
    shown = shop("hook", "claude-code", stdin=json.dumps({**event, "session_id": SESSION})).out
    assert shown == ""
    shown = shop("hook", "claude-code", stdin=json.dumps({**event, "session_id": SECOND})).out
    assert "Use pnpm for the frontend, never npm." in shown
    logged = shop("hooks", "log", "--json").json["calls"]
    said = [
        {key: int(v) if key in COUNTS else v for key, v in c.items()} for c in home.said["hooks log"]["calls"]
    ]
    check(logged[:-2], said)


# --- the doctor, projects, settings, hooks ---


def test_the_doctor_finds_what_it_found_and_no_damage(home: Home, shop: Memctl) -> None:
    shop("review", "--list")
    found = shop("doctor", "--json", code=1).json["findings"]
    gone = (["description.poor", "scratch.md"], ["stale.superseded", "use-yarn.md"])  # replaced, as it should
    expected = [
        *[tuple(one) for one in home.said["doctor"] if one not in gone],
        ("description.silent", None),  # one finding names all of them now
        *[("hooks.broken", None)] * 2,
        *[("hooks.outdated", None)] * 3,
        ("index.superseded", "MEMORY.md"),
    ]
    assert Counter((f["id"], f["file"]) for f in found) == Counter(expected)


def test_projects_are_known_and_a_moved_one_is_adopted(home: Home, shop: Memctl) -> None:
    shop("review", "--list")
    found = shop("project", "list", "--json").json["projects"]
    check(sorted(found, key=lambda p: p["root"]), sorted(home.said["projects"], key=lambda p: p["root"]))
    notes = home.at("archive/notes")
    assert "memctl project adopt" in notes("list").err
    notes("project", "adopt")
    assert [m["name"] for m in notes("list", "--json").json["memories"]] == ["markdown"]
    assert changes(notes)[-1]["why"] == "created markdown"
    assert Path(notes("path").lines[0]).is_relative_to(home.path / ".claude"), "where its hooks are installed"


def test_what_was_set_aside_is_joined_and_a_damaged_history_is_kept(home: Home, shop: Memctl) -> None:
    """The blog's state from before it was adopted, and its damaged history."""
    stores = home.store.parent
    (aside,), (damaged,) = stores.glob("*.before-*"), stores.glob("*/history.git.damaged-*")
    proposals = {path.name for path in aside.glob("inbox/*.json")}
    blog = home.at("blog")
    assert {m["name"] for m in blog("list", "--json").json["memories"]} == {"monday", "friday", "comments"}
    assert "created comments" in [change["why"] for change in changes(blog)]
    known = {c["commit"] for c in changes(blog)}
    blog("doctor", "--fix", code=None)
    assert known <= {c["commit"] for c in changes(blog)}
    assert proposals <= {p.name for p in stores.glob("*/inbox/*.json")}
    assert not [f for f in blog("doctor", "--json", code=None).json["findings"] if f["severity"] == "error"]
    assert [path.name for path in stores.glob("*/history.git.damaged-*")] == [damaged.name]
    assert len(changes(blog)) > len(known), "what can be read of it is in the log"
    assert "joined" not in blog("doctor", "--fix", code=None).err, "once"
    assert not list(stores.glob("*.before-*"))


def test_settings_and_the_approval_policy_are_kept(home: Home, shop: Memctl) -> None:
    now, said_then = shop("config", "list", "--json").json, home.said["config"]
    for name in ("model", "enrich_model", "extract_model"):  # by default another: the old ones end
        assert said_then["settings"].pop(name)["origin"] == now["settings"].pop(name)["origin"] == "default"
    check(now, said_then)
    said = sessions.write(
        [("user", "I'm a data scientist, I have never used Rust.")], "claude-code", home.path
    )
    done = shop("extract", "--mine", str(said), "--engine", "rules", "--json").json
    assert len(done["accepted"]) == 1, done
    assert changes(shop)[0]["actor"] == "auto"


def states(shop: Memctl) -> dict[str, str]:
    """Agent -> what memctl says of its hooks, where it has any."""
    found = shop("hooks", "status", "--json").json["hooks"]
    return {status["agent"]: status["state"] for status in found if status["state"] != "absent"}


def test_old_hooks_are_known_replaced_and_taken_out(home: Home, shop: Memctl) -> None:
    settings, codex = home.path / ".claude" / "settings.json", home.path / ".codex" / "hooks.json"
    hooks = home.path / "shop" / ".git" / "hooks"
    assert states(shop) == {"claude-code": "broken", "codex": "broken", "git": "outdated"}
    found = shop("hooks", "status", "--json").json["hooks"]
    said = {s["agent"]: (s["path"], s["events"]) for s in home.said["hooks"]["hooks"]}
    assert {s["agent"]: (s["path"], s["events"]) for s in found if s["agent"] in said} == said
    for agent in ("claude-code", "codex", "git"):
        shop("hooks", "install", agent)
    assert {*states(shop).values()} == {"installed"}
    assert INTERPRETER not in settings.read_text() + codex.read_text() + (hooks / "post-commit").read_text()
    for agent in ("claude-code", "codex", "git"):
        shop("hooks", "remove", agent)
    assert settings.read_text() == SETTINGS
    assert {path.name: path.read_text() for path in hooks.iterdir()} == {"post-commit": "#!/bin/sh\nexit 0\n"}


def test_hooks_are_taken_out_as_they_were_put_in(home: Home, shop: Memctl) -> None:
    """What 0.1.0 wrote down of its installation tells that one file was not there before."""
    shop("hooks", "remove", "claude-code")
    shop("hooks", "remove", "codex")
    assert (home.path / ".claude" / "settings.json").read_text() == SETTINGS
    assert not (home.path / ".codex" / "hooks.json").exists()
    assert list(home.path.glob(".local/state/memctl/installed/*")) == []


def test_hooks_of_an_interpreter_that_stayed_are_still_good(home: Home, shop: Memctl) -> None:
    """As after an upgrade in place. Of the git hooks one says more since then, so that they can be renewed."""
    hooks = [
        path for path in (home.path / "shop" / ".git" / "hooks").iterdir() if "memctl" in path.read_text()
    ]
    for file in (home.path / ".claude" / "settings.json", home.path / ".codex" / "hooks.json", *hooks):
        file.write_text(file.read_text().replace(INTERPRETER, os.path.abspath(sys.executable)))
    assert states(shop) == {"claude-code": "installed", "codex": "installed", "git": "outdated"}
    shop("hooks", "test", "claude-code")
