"""What a save says of memories about the same subject, and what becomes of those that disagree."""

import json
import os
import re
import shlex
from pathlib import Path

import pytest

from memctl.domain.proposal import Evidence, Proposal, Target
from memctl.errors import UsageError
from memctl.services.related import nearby
from memctl.services.review.plan import plan
from memctl.services.write import edit
from memctl.services.write.draft import draft
from memctl.services.write.request import Request
from memctl.store.memory.memories import MemoryStore
from tests.kit import sessions
from tests.kit.cli import Memctl
from tests.kit.terminal import Terminal
from tests.kit.topics import topic, write_topic

OLD, NEW = "The ferry gateway runs on Node 20.", "The ferry gateway runs on Node 22."
OTHERWISE = "s/crane engine has 21 valves/ferry gateway runs on Node 22/"


@pytest.fixture
def known(memctl: Memctl) -> Memctl:
    memctl("save", OLD, "--name", "runtime")
    return memctl


def test_a_changed_value_is_saved_and_the_memory_that_it_changes_is_named(known: Memctl) -> None:
    done = known("save", NEW, "--name", "newer", "--json")
    (related,) = json.loads(done.out)["related"]
    why = 'says "22" where it said "20"'
    assert related == {"name": "runtime", "relation": "replaces", "strength": "sure", "why": why}
    assert "memctl conflicts newer runtime --as replace" in done.err
    assert "--supersedes runtime" in known("save", NEW, "--name", "other", "--force", "--dry-run").err
    assert "supersededBy" not in known("show", "runtime", "--raw").out  # never by itself


def test_what_shares_most_is_asked_about_first(memctl: Memctl) -> None:
    memctl("save", "The ingest API listens on port 9090.", "--name", "port")
    memctl("save", "Tomorrow the load test of the ingest API runs.", "--name", "load-test")
    done = memctl("save", "In staging the ingest API listens on port 8181.", "--name", "staging")
    assert "memctl conflicts staging port --as narrow" in done.err
    assert "load-test" not in done.err


def test_what_says_the_same_again_is_refused(known: Memctl) -> None:
    text = OLD.replace("The", "Our")
    refused = known("save", text, "--name", "again", code=5).err
    (hint,) = re.findall(r"`memctl (save .*?)`", refused)
    assert "nearly the same" in refused
    known(*shlex.split(hint))
    assert text in known("show", "runtime").out


def test_an_exception_and_its_rule_link_to_each_other_in_one_change(known: Memctl) -> None:
    known("save", "On the test bench it runs on Node 23.", "--name", "bench", "--narrows", "runtime")
    assert "[[runtime]]" in known("show", "bench").out
    assert "[[bench]]" in known("show", "runtime").out
    known("undo")
    assert "[[bench]]" not in known("show", "runtime").out


def test_a_memory_is_replaced_or_narrowed_not_both(known: Memctl, memory_dir: Path) -> None:
    before = (memory_dir / "runtime.md").read_bytes()
    both = ("--narrows", "runtime", "--supersedes", "runtime.md")
    assert "at once" in known("save", NEW, "--name", "newer", *both, code=2).err
    assert (memory_dir / "runtime.md").read_bytes() == before


def test_one_memory_may_replace_several(known: Memctl) -> None:
    known("save", "The ferry client is built with npm.", "--name", "client")
    known("save", NEW, "--name", "newer", "--supersedes", "runtime", "--supersedes", "client")
    for name in ("runtime", "client"):
        assert "supersededBy: newer" in known("show", name, "--raw").out
    assert "supersedes:" in known("show", "newer", "--raw").out
    known("undo")
    assert "supersededBy" not in known("show", "runtime", "--raw").out


@pytest.mark.parametrize(
    ("key", "holds", "said"),
    [
        ("r", "supersededBy: newer", "created newer (project), which replaces runtime"),
        ("n", "[[newer]]", "created newer (project), an exception to runtime"),
        ("c", "", ""),
    ],
)
def test_on_a_terminal_it_is_asked(known: Memctl, memory_dir: Path, key: str, holds: str, said: str) -> None:
    with Terminal(["save", NEW, "--name", "newer"], known.cwd, known.environment()) as terminal:
        shown = terminal.wait_for("[c]ancel  ?")
        assert OLD in shown
        assert NEW in shown
        terminal.press(key)
        terminal.wait_for(said or "nothing was saved")
        assert terminal.code() == (0 if holds else 1)  # 130 is Ctrl-C
    assert holds in (memory_dir / "runtime.md").read_text()
    assert (memory_dir / "newer.md").exists() == bool(holds)


def test_the_question_fits_the_terminal_however_long_the_texts_are(
    known: Memctl, monkeypatch: pytest.MonkeyPatch
) -> None:
    from memctl.cli import related

    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    for text in ("word " * 2_000, "one line\n" * 2_000, "汉字" * 2_000, "x" * 9_000):
        clipped = related._clipped(text)
        assert len(clipped) == 8
        assert max(len(line) * (2 if line > "\u2e80" else 1) for line in clipped[:-1]) <= 76
        assert "more lines" in clipped[-1]
    assert related._clipped(OLD) == [OLD]


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("how", ["save", "conflicts", "edit", "review"])
def test_what_was_replaced_cannot_replace_what_replaced_it(
    known: Memctl, memory_dir: Path, how: str, steps: int
) -> None:
    names = ["runtime", "newer", "newest"][: steps + 1]
    for number, name in enumerate(names[1:]):
        known("save", NEW.replace("22", f"3{number}"), "--name", name, "--supersedes", names[number])
    before = {path: path.read_bytes() for path in memory_dir.glob("*.md")}
    if how == "save":
        save = ("save", NEW.replace("22", "40"), "--update", "--name", "runtime", "--supersedes", names[-1])
        said = known(*save, code=2).err
    elif how == "conflicts":
        said = known("conflicts", "runtime", names[-1], "--as", "replace", code=2).err
    elif how == "edit":
        store = MemoryStore(str(memory_dir))
        earlier, later = store.find("runtime"), store.find(names[-1])
        with pytest.raises(UsageError) as error:
            edit.draft(earlier, earlier.raw + b"Otherwise.\n", 0.0, "person", store=store, old=later)
        said = error.value.message
    else:
        store = MemoryStore(str(memory_dir))
        targets = tuple(Target(name, store.find(name).fingerprint) for name in ("runtime", names[-1]))
        about = ("project", "What holds", "It runs on Node 40.\n", (Evidence("t1", "Node 40"),), "person")
        said = plan(store, Proposal("", "supersede", "runtime", *about, targets=targets), 0.0).note
    assert "neither would hold" in said
    assert before == {path: path.read_bytes() for path in memory_dir.glob("*.md")}


@pytest.mark.parametrize("how", ["save", "conflicts", "edit"])
def test_what_replaces_a_second_memory_still_replaces_the_first(
    known: Memctl, memory_dir: Path, how: str
) -> None:
    known("save", "The mole light is red at night.", "--name", "light")
    known("save", NEW, "--name", "newer", "--supersedes", "light")
    if how == "edit":
        store = MemoryStore(str(memory_dir))
        newer, runtime = store.find("newer"), store.find("runtime")
        draft = edit.draft(newer, newer.raw + b"So it is.\n", 0.0, "person", store=store, old=runtime)
        said = draft.change.operations[0].content.decode()
    elif how == "save":
        known("save", NEW, "--name", "newer", "--update", "--supersedes", "runtime")
    else:
        known("conflicts", "newer", "runtime", "--as", "replace")
    said = said if how == "edit" else (memory_dir / "newer.md").read_text()
    assert re.search(r"supersedes:\s+- light\s+- runtime", said)


def test_memories_that_disagree_are_shown_until_a_person_says_they_stand_beside_each_other(
    known: Memctl,
) -> None:
    known("save", NEW, "--name", "newer")
    (one,) = json.loads(known("conflicts", "--json").out)["conflicts"]
    assert (one["later"]["name"], one["earlier"]["name"], one["relation"]) == ("newer", "runtime", "replaces")
    known("conflicts", "newer", "runtime", "--as", "beside")
    assert json.loads(known("conflicts", "--json").out)["conflicts"] == []
    known("save", NEW.replace("22", "24"), "--update", "--name", "newer")
    assert len(known("conflicts").lines) == 1  # one of the two changed
    known("conflicts", "newer", "runtime", "--as", "replace")
    assert known("conflicts").lines == []
    assert "supersededBy: newer" in known("show", "runtime", "--raw").out


@pytest.fixture
def pairs(memctl: Memctl, memory_dir: Path) -> Memctl:
    """Three memories that each have a later one which says otherwise, and one that has none."""
    for age, (name, value) in enumerate([("node", "Node"), ("port", "port"), ("queue", "queue")]):
        for number in (1, 2):
            text = f"The {name} gateway uses {value} {number}."
            memctl("save", text, "--name", f"{name}{number}", "--force")
            os.utime(memory_dir / f"{name}{number}.md", (1.7e9 + 10 * age + number,) * 2)
    memctl("save", "Berths are counted at noon.", "--name", "berths")
    return memctl


def test_a_person_goes_through_the_pairs_with_single_keys(pairs: Memctl, memory_dir: Path) -> None:
    asked = len(json.loads(pairs("conflicts", "--json").out)["conflicts"])
    assert asked == 3
    with Terminal(["conflicts"], pairs.cwd, pairs.environment()) as terminal:
        shown = [terminal.wait_for("[q]uit  ?")]
        for key in "xrb":  # x is no verdict, and asks again
            terminal.press(key)
            shown.append(terminal.wait_for("[q]uit  ?"))
        terminal.press("n")
        assert terminal.code() == 0
    assert "1 of 3" in shown[0]
    assert "3 of 3" in shown[3]
    assert "berths" not in terminal.text
    said = "".join(path.read_text() for path in memory_dir.glob("*.md"))
    assert (said.count("supersededBy"), said.count("\n[[")) == (1, 0)
    assert said.count("Exception: [[") == 1
    assert json.loads(pairs("conflicts", "--json").out)["conflicts"] == []


def test_where_nothing_disagrees_nothing_is_asked(known: Memctl) -> None:
    with Terminal(["conflicts"], known.cwd, known.environment()) as terminal:
        assert terminal.code() == 0
    assert "no memories disagree" in terminal.text
    assert "[q]uit" not in terminal.text


@pytest.mark.parametrize(
    ("change", "key", "holds"),
    [(OTHERWISE, "r", "supersededBy: newer"), (OTHERWISE, "c", ""), ("s/engine/motor/", "", "")],
)
def test_an_edit_asks_where_it_begins_to_say_otherwise(
    known: Memctl, memory_dir: Path, change: str, key: str, holds: str
) -> None:
    known("save", "The crane engine has 21 valves.", "--name", "newer")
    settings = {**known.environment(), "EDITOR": f"sed -i '{change}'"}
    with Terminal(["edit", "newer"], known.cwd, settings) as terminal:
        if key:
            terminal.wait_for("[c]ancel  ?")
            terminal.press(key)
        terminal.wait_for("nothing was saved" if key == "c" else "updated newer")
    assert ("[c]ancel" in terminal.text) == bool(key)
    assert holds in (memory_dir / "runtime.md").read_text()
    assert ("Node 22" in (memory_dir / "newer.md").read_text()) == (key == "r")


def test_an_update_says_nothing_of_what_it_leaves_as_it_was(known: Memctl) -> None:
    known("save", NEW, "--name", "newer")
    done = known("save", NEW + " It is fast.", "--name", "newer", "--update", "--json")
    assert json.loads(done.out)["related"] == []
    done = known("save", "The ferry gateway runs on Node 22, as [[runtime]] did.", "--force", "--json")
    assert "runtime" not in [one["name"] for one in json.loads(done.out)["related"]]  # it links to it


@pytest.mark.parametrize(
    ("said", "operation"),
    [
        ("From now on the ferry gateway runs on Node 22.", "supersede"),
        ("From now on the pilot gateway runs on Node 22.", "create"),
    ],
)
def test_a_session_that_changes_what_a_memory_says_proposes_to_replace_it(
    known: Memctl, tmp_path: Path, said: str, operation: str
) -> None:
    known("extract", str(sessions.write([("user", said)], "claude-code", tmp_path)))
    (proposal,) = json.loads(known("review", "--list", "--json").out)["proposals"]
    assert proposal["operation"] == operation
    assert "supersededBy" not in known("show", "runtime", "--raw").out  # never by itself


@pytest.mark.parametrize("wrong", [("newer",), ("runtime", "runtime"), ()])
def test_a_verdict_needs_two_memories(known: Memctl, wrong: tuple[str, ...]) -> None:
    known("conflicts", *wrong, "--as", "replace", code=2)


def test_a_save_reads_as_many_memories_in_a_large_folder_as_in_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []
    skim = MemoryStore.skim
    monkeypatch.setattr(MemoryStore, "skim", lambda store, file: reads.append(file) or skim(store, file))
    monkeypatch.setattr(MemoryStore, "memories", lambda _: pytest.fail("reads every memory"))
    counts = []
    for count in (60, 600):
        folder = tmp_path / str(count)
        folder.mkdir()
        for n in range(count):
            (folder / f"m{n}.md").write_text(
                topic(f"m{n}", f"Ferry {n} berths at quay {n % 7}", f"Ferry {n}.\n")
            )
        reads.clear()
        draft(MemoryStore(str(folder)), Request("Ferry 12 berths at quay 9.", now=1.8e9))
        counts.append(len(reads))
    assert counts == [nearby.NEAREST, nearby.NEAREST]


def test_an_agent_decides_on_no_conflict(memctl: Memctl, memory_dir: Path) -> None:
    write_topic(memory_dir, "old", "The quay gate is shut at ten")
    write_topic(memory_dir, "new", "The quay gate is shut at nine")
    before = {path.name: path.read_bytes() for path in memory_dir.iterdir()}
    for verdict in ("replace", "narrow", "beside"):
        refused = memctl("conflicts", "new", "old", "--as", verdict, code=5, CLAUDECODE="1")
        assert "memctl conflicts" in refused.err
    assert {path.name: path.read_bytes() for path in memory_dir.iterdir()} == before
    memctl("conflicts", "new", "old", "--as", "replace")
    assert "supersededBy: new" in (memory_dir / "old.md").read_text()
