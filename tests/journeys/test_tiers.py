"""Hot, warm, cold: what the index holds, what leaves it, and how a person moves it."""

import os
from pathlib import Path

import pytest

from memctl.format import drift
from memctl.services.tiers import moves
from memctl.services.write.door import WriteDoor
from memctl.store.memory.memories import MemoryStore
from memctl.store.state import surfaced
from memctl.store.state.resolve import Place
from tests.kit.cli import Memctl
from tests.kit.topics import topic
from tests.kit.warm import Warm

FULL = 198
"""Memories in an index with a heading and a blank line, which is full then."""


def name(number: int) -> str:
    return f"fact-{number:04d}"


def plant(directory: Path, number: int, **metadata: str) -> str:
    """A memory, the older the lower its number, and its pointer."""
    dated = {"modified": f"2025-{1 + number // 28 % 12:02d}-{1 + number % 28:02d}T00:00:00Z", **metadata}
    said = f"what fact {number} is about"
    (directory / f"{name(number)}.md").write_text(topic(name(number), said, f"Fact {number}.\n", **dated))
    return f"- [Fact]({name(number)}.md) — {said}"


def crowd(directory: Path, count: int, own: tuple[str, ...] = ("# Memory", "")) -> None:
    pointers = [plant(directory, number) for number in range(count)]
    (directory / "MEMORY.md").write_text("\n".join([*own, *pointers]) + "\n")


@pytest.fixture
def run(memctl: Memctl, warm: Warm, monkeypatch: pytest.MonkeyPatch) -> Memctl:
    memctl.warm = warm
    monkeypatch.setenv("MEMCTL_STATE_DIR", str(memctl.cwd.parent / "state"))
    return memctl


def folder(run: Memctl) -> Path:
    assert run.directory is not None
    return run.directory


def index(run: Memctl) -> str:
    return (folder(run) / "MEMORY.md").read_text()


def hot(run: Memctl, *numbers: int) -> list[bool]:
    return [f"({name(number)}.md)" in index(run) for number in numbers]


def fits(run: Memctl) -> bool:
    return drift.budget(index(run)).cut_line is None


def use(run: Memctl, number: int, sessions: int) -> None:
    """`sessions` sessions are shown a memory."""
    for session in range(sessions):
        surfaced.add(os.path.abspath(folder(run)), f"session {session}", [f"{name(number)}.md"])


def save(run: Memctl, called: str = "crane") -> list[str]:
    return run("save", f"The {called} is teal.", "--name", called, "--json").json["warnings"]


def test_a_save_that_finds_no_room_moves_the_least_claim_out_and_undo_brings_it_back(run: Memctl) -> None:
    crowd(folder(run), FULL)
    use(run, 0, 1)
    before = index(run)
    assert save(run) == [
        "MEMORY.md is full: fact-0001 is warm now (a session loads 200 lines and 25,000 bytes of it; "
        "recall finds the rest)"
    ]
    assert hot(run, 0, 1, 2) == [True, False, True]
    assert "(crane.md)" in index(run)
    assert fits(run)
    assert run("index", "--check").code == 0
    assert "MEMORY.md is full: fact-0001 is warm now" in run("log").out
    listed = {m["name"]: m["tier"] for m in run("list", "--json").json["memories"]}
    assert (listed["crane"], listed["fact-0001"], len(listed)) == ("hot", "warm", FULL + 1)
    assert run("list", "--tier", "warm").out.split() == [str(folder(run) / "fact-0001.md")]
    assert "fact-0001.md" in run("recall", "what fact 1 is about").out
    run("undo")
    assert index(run) == before


def test_pinned_ones_and_own_words_stay_and_what_is_too_much_of_them_is_said(run: Memctl) -> None:
    crowd(folder(run), 60, ("# Memory", "", *(f"A line of mine, number {n}." for n in range(140))))
    pinned = [plant(folder(run), number, pinned='"true"') for number in range(59)]
    own = f"- [Fact]({name(59)}.md) — worded by me"
    kept = [*index(run).split("\n")[:142], *pinned, own]
    (folder(run) / "MEMORY.md").write_text("\n".join(kept) + "\n")
    save(run)
    assert index(run).split("\n")[: len(kept)] == kept
    assert not fits(run)
    found = run("doctor", "--json", code=None).json["findings"]
    (long,) = (f for f in found if f["id"] == "index.over-budget")
    assert "shorten what you wrote" in long["repair"]
    text = index(run)
    run("doctor", "--fix", code=None)
    assert index(run) == text
    run("tier", name(59), "warm")
    assert own not in index(run)


def test_an_index_that_others_made_too_long_fits_after_the_next_change(run: Memctl) -> None:
    crowd(folder(run), 400)
    (finding,) = (f for f in run("index", "--check", "--json").json["findings"])
    assert (finding["id"], finding["repair"]) == ("index.over-budget", "memctl index")
    (warning,) = save(run)
    assert "and 200 more are warm now" in warning
    assert fits(run)
    (folder(run) / "crane.md").unlink()
    save(run, "quay")
    assert fits(run)
    assert len(run("list").out.split()) == 401


def test_what_is_used_more_comes_back_with_index_and_once_only(run: Memctl) -> None:
    crowd(folder(run), FULL)
    save(run)
    use(run, 0, 3)
    save(run, "quay")
    assert hot(run, 0) == [False]
    assert "used 3 times since" in run("tier", name(0)).out
    assert "MEMORY.md is full: fact-0002 is warm now" in run("index").err
    assert hot(run, 0, 1, 2, 3) == [True, False, False, True]
    assert fits(run)
    said = run("index").err
    assert "the index and the files agree" in said
    assert "fact-0000: hot: used 3 times since" in run("tier", name(0)).out


def test_a_memory_without_pointer_is_a_finding_only_where_there_is_room(run: Memctl) -> None:
    crowd(folder(run), 100)
    plant(folder(run), 100)
    assert "index.orphan" in run("index", "--check", code=1).out
    crowd(folder(run), FULL)
    plant(folder(run), FULL)
    assert run("index", "--check").out == ""
    run("index")
    assert hot(run, 0, FULL) == [False, True]


def test_a_person_moves_memories_and_memctl_leaves_them_there(run: Memctl) -> None:
    crowd(folder(run), 5)
    before, files = index(run), [(folder(run) / f"{name(n)}.md").read_bytes() for n in range(2)]
    moved = run("tier", name(0), name(1), "cold", "--json").json
    assert moved["action"] == "moved"
    assert [(m["name"], m["tier"]) for m in moved["memories"]] == [(name(0), "cold"), (name(1), "cold")]
    assert hot(run, 0, 1, 2) == [False, False, True]
    assert "  tier: cold\n" in (folder(run) / f"{name(0)}.md").read_text()
    assert run("index", "--check").code == 0
    run("index")
    assert hot(run, 0) == [False]
    assert [name(n) in run("context").out for n in (0, 1, 2)] == [False, False, True]
    assert run("tier", name(0), "cold", "--json").json["action"] == "unchanged"
    assert f"{name(0)} is cold: you moved it on" in run("why", "anything", "--expect", name(0)).out
    assert f"{name(0)} is cold: you moved it on" in run("why", name(0)).out
    assert "tier: cold: fact-0000, fact-0001" in run("log").out
    run("undo")
    assert index(run) == before
    assert [(folder(run) / f"{name(n)}.md").read_bytes() for n in range(2)] == files


def test_hot_comes_into_a_full_index_and_stays_warm_stays_out_and_auto_takes_it_back(run: Memctl) -> None:
    crowd(folder(run), FULL)
    plant(folder(run), FULL, modified="2001-01-01T00:00:00Z")
    assert run("tier", name(FULL), "hot", "--json").json["left"] == [f"{name(0)}.md"]
    save(run)
    assert hot(run, FULL, 1) == [True, False]
    run("tier", name(FULL), "warm")
    assert hot(run, FULL) == [False]
    run("index")
    assert hot(run, FULL, 1) == [False, True]
    run("tier", name(FULL), "auto")
    assert "tier" not in (folder(run) / f"{name(FULL)}.md").read_text()
    assert run("list", "--json").json["memories"][-1]["modified"] == "2001-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("no-such", "cold"), 3, "no-such"),
        (("pinned", "cold"), 5, "is pinned"),
        (("older", "hot"), 5, "superseded by fact-0000"),
        (("cold",), 2, "which memories go cold"),
        ((name(0), "tepid"), 2, "tepid"),
    ],
)
def test_what_cannot_be_moved_is_said(run: Memctl, words: tuple[str, ...], code: int, said: str) -> None:
    crowd(folder(run), 2)
    (folder(run) / "pinned.md").write_text(topic("pinned", pinned='"true"'))
    (folder(run) / "older.md").write_text(topic("older", supersededBy=name(0)))
    before = index(run)
    assert said in run("tier", *words, code=code).err
    assert index(run) == before


@pytest.mark.parametrize(
    ("about", "index_text", "said"),
    [
        ({"pinned": '"true"'}, "- [M](m.md)\n", "hot: pinned"),
        (
            {},
            "- [M](m.md) — my own words\n",
            "hot: MEMORY.md names it in words of your own, which stay; never",
        ),
        ({}, "- [M](m.md) — a description\n", "hot: never used, written"),
        ({"supersededBy": "other"}, "- [O](o.md)\n", "warm: superseded by other"),
        ({}, "- [O](o.md)\n", "warm: MEMORY.md has room and no pointer to it: memctl index adds one"),
        ({}, "prose\n" * 190 + "- [O](o.md)\n", "warm: MEMORY.md is full, and what it holds has more claim"),
        (
            {},
            "prose\n" * 190,
            "warm: MEMORY.md is a notebook, not a list of pointers, which memctl leaves alone",
        ),
        ({"tier": "cold"}, "", "cold: its header says so; it is recalled only when nothing warmer answers"),
    ],
)
def test_why_in_words(run: Memctl, about: dict[str, str], index_text: str, said: str) -> None:
    (folder(run) / "m.md").write_text(topic("m", **about))
    (folder(run) / "MEMORY.md").write_text(index_text)
    assert run("tier", "m").out.startswith(f"m: {said}")


def test_why_as_of_a_day_says_where_it_was(run: Memctl) -> None:
    crowd(folder(run), 2)
    day, then = "2025-11-20", 1_763_640_000.0
    store = WriteDoor(Place(str(folder(run)), "/", []), "memctl")
    memories = MemoryStore(str(folder(run)))
    for moment, tier in ((then, "hot"), (then + 172_800, "cold")):
        change = moves.plan(memories, memories.find_all([name(0)]), tier)
        assert change is not None
        store.write(change, now=moment)
    use(run, 0, 1)
    asked = run("why", name(0), "--as-of", day, "--selector", "lexical")
    assert f"{name(0)} was hot: you moved it on {day}" in asked.out
    told = run("why", "nothing", "--expect", name(0), "--as-of", day, "--selector", "lexical", "--json")
    assert told.json["tier"]["tier"] == "hot"
    assert f"{name(0)} is cold: you moved it on 2025-11-22" in run("why", name(0)).out
    asked = run("why", name(1), "--as-of", "2025-11-23", "--selector", "lexical")
    assert f"{name(1)} was hot: never used, written" in asked.out


def test_going_back_makes_no_index_where_there_was_none(run: Memctl) -> None:
    plant(folder(run), 0)
    run("tier", name(0), "cold")
    run("undo")
    assert not (folder(run) / "MEMORY.md").exists()
    run("redo")
    run("undo")
    assert sorted(path.name for path in folder(run).iterdir()) == [f"{name(0)}.md"]
    run("forget", name(0))
    run("undo")
    assert sorted(path.name for path in folder(run).iterdir()) == [f"{name(0)}.md"]


def test_tier_alone_counts(run: Memctl) -> None:
    crowd(folder(run), 3)
    run("tier", name(0), "cold")
    plant(folder(run), 7)
    assert run("tier").out == "hot: 2\nwarm: 1\ncold: 1\nMEMORY.md: 4 of 200 lines, 106 of 25,000 bytes\n"
    assert run("stats", "--json").json["tiers"] == {"hot": 2, "warm": 1, "cold": 1}


def test_every_memory_stays_reachable_whatever_happens(run: Memctl) -> None:
    """Names near the limit of the file system, in scripts of three and four bytes, one after the other."""
    text = "\r\n".join(["# 記憶", "", *(f"私の行 {n}" for n in range(185))]) + "\r\n"
    (folder(run) / "MEMORY.md").write_bytes(text.encode())
    called = [f"{char * 24}{number:02d}" for number in range(6) for char in ("港", "𐍈", "é")]
    for one in called:
        path = folder(run) / f"{one}.md"
        path.write_text(topic(one, f"{one} の説明 " * 5, f"{one}\n"))
    run("index")
    save(run)
    run("mv", "crane", "hoist")
    run("forget", called[0])
    run("restore", called[0])
    assert fits(run)
    assert "\r\n".join(text.split("\r\n")[:-1]) in (folder(run) / "MEMORY.md").read_bytes().decode()
    listed = {m["file"] for m in run("list", "--json").json["memories"]}
    assert listed == {f"{one}.md" for one in called} | {"hoist.md"}
    assert run("recall", f"{called[-1]} の説明").out
