"""What is not the person's own words is accepted by its name alone, and seen for what it is."""

import os
import time
from pathlib import Path

import pytest

from memctl.domain.proposal import Proposal, Target, is_guessed, is_vouched
from memctl.services.review.verdicts import Review
from memctl.store.state import leavings, shown
from tests.doors.world import World
from tests.kit.cli import Memctl
from tests.kit.doors import place
from tests.kit.sessions import write
from tests.kit.topics import write_topic
from tests.kit.warm import Warm
from tests.services.review.test_binding import NOW, entry_file, meddle, proposal, put

ORIGINS = ("agent", "file", "git", "import", "tool")
AGENT = {"CLAUDECODE": "1"}


@pytest.fixture
def desk(memory_dir: Path) -> Review:
    return Review(place(memory_dir), now=NOW)


@pytest.fixture
def cli(memory_dir: Path, tmp_path: Path, warm: Warm) -> Memctl:
    return Memctl(cwd=tmp_path, directory=memory_dir, warm=warm)


def one_of(name: str, **more: object) -> Proposal:
    return proposal(name, f"Use {name} in this project at all times.\n", **more)


def test_accept_all_takes_the_persons_words_and_what_the_person_gave_alone(desk: Review, cli: Memctl) -> None:
    names = put(desk, *(one_of(origin, origin=origin) for origin in ORIGINS))
    put(desk, one_of("said"), one_of("given", origin="file", given=True))
    for wanted in ("all", "all,", ",all"):
        cli("review", "--accept", wanted, "--quiet", code=0 if wanted == "all" else 5)
        assert sorted(p.name for p in Path(desk.directory).glob("*.md")) == [
            "MEMORY.md",
            "given.md",
            "said.md",
        ]
    assert "5 proposals left: not your own words" in cli("review", "--accept", "all", code=5).err
    cli("review", "--accept", f"all,{names[0]}")
    assert (Path(desk.directory) / "agent.md").exists()
    assert not (Path(desk.directory) / "file.md").exists()
    cli("review", "--accept", *names[1:-1])
    assert "1 proposal left: not your own words" in cli("review", "--accept", "all", code=5).err
    put(desk, one_of("more"))
    assert f"accept by id: {names[-1][:10]}\n" in cli("review", "--accept", "all").err
    cli("review", "--accept", names[-1])


@pytest.mark.parametrize(
    ("kept", "said", "does"),
    [
        (
            "Deploys run on Jenkins.",
            "Remember: deploys no longer run on Jenkins, use GitHub Actions.",
            ("supersede", "in the place of a memory"),
        ),
        (
            "The weekly backfill runs on Fridays.",
            "You can delete the note about the weekly backfill.",
            ("delete", ""),
        ),
    ],
)
def test_what_the_rules_do_to_a_memory_has_to_be_named(
    tmp_path: Path, warm: Warm, kept: str, said: str, does: tuple[str, str]
) -> None:
    world = World.make(tmp_path, warm)
    world.cli("save", kept, "--name", "kept")
    world.cli("extract", str(world.session(("user", said))), "--engine", "rules")
    (one,) = world.waiting()
    assert one["operation"] == does[0]
    assert one.get("supersedes") == ("kept" if does[0] == "supersede" else None)
    refused = world.cli("review", "--accept", "all", code=5).err
    assert does[1] in refused
    assert one["id"] in refused
    world.cli("review", "--accept", one["id"])


def test_a_replacement_is_a_guess_where_the_rules_made_it() -> None:
    made = one_of("x", operation="supersede", targets=(Target("deploys"),))
    assert is_guessed(made)
    assert not is_guessed(one_of("x", operation="supersede", engine="llm"))
    assert not is_guessed(one_of("x"))


def test_tools_are_never_vouched_for() -> None:
    assert [o for o in (*ORIGINS, "person") if is_vouched(one_of("x", origin=o, given=True))] == [
        "file", "git", "import", "person",
    ]  # fmt: skip


@pytest.mark.parametrize("origin", ORIGINS)
def test_every_list_and_screen_says_whose_words_they_are(desk: Review, cli: Memctl, origin: str) -> None:
    (one,) = put(desk, one_of("x", origin=origin))
    assert cli("review", "--list").lines[0].endswith(f" [{origin}]")
    said = cli("review", "--show", one).out
    assert f"{origin}, found by" in said
    assert "from -" not in said
    assert "  ! this " in said or "  ! an agent " in said


def test_nobody_makes_an_entry_given_where_it_lies(desk: Review, cli: Memctl) -> None:
    (one,) = put(desk, one_of("x", origin="file"))
    meddle(desk, one, given=True)
    cli("review", "--accept", "all", code=6)
    meddle(desk, one, given="yes")
    assert "holds no proposal" in cli("review", "--list").err


def test_what_an_agent_gives_to_extract_is_a_files_and_has_to_be_named(tmp_path: Path, warm: Warm) -> None:
    world = World.make(tmp_path, warm)
    session = str(world.session(("user", "From now on always use tabs in Go.")))
    said = world.cli("extract", "--mine", session, "--engine", "rules", **AGENT)
    assert "the person's to say" in said.err
    assert [p["origin"] for p in world.waiting()] == ["file"]
    assert not world.waiting()[0]["given"]
    world.cli("review", "--accept", "all", code=5)
    world.cli("review", "--reject", "all")
    again = str(
        write([("user", "Remember that the demo is on the green stage.")], "text", tmp_path / "given")
    )
    world.cli("extract", again, "--engine", "rules")
    assert [(p["origin"], p["given"]) for p in world.waiting()] == [("file", True)]
    world.cli("review", "--accept", "all")


# --- what is said already ---


def test_what_another_memory_says_by_now_is_fulfilled(desk: Review, cli: Memctl, memory_dir: Path) -> None:
    (one,) = put(desk, one_of("tabs", created=time.time() - 60))
    write_topic(memory_dir, "other", "About tabs", "Use tabs in this project at all times.", age=0)
    assert "other says that already: nothing is left to do" in cli("review", "--show", one).out
    assert "other says that already" in cli("review", "--accept", one).err
    assert not (memory_dir / "tabs.md").exists()
    assert cli("review", "--list").out == ""
    (two,) = put(desk, one_of("spaces", created=time.time() - 60))
    cli("review", "--accept", two)
    assert (memory_dir / "spaces.md").exists()


# --- what lies beside the inbox ---


def test_a_damaged_seal_hides_no_other_and_fits_nothing(desk: Review) -> None:
    one, two = put(desk, one_of("tabs"), one_of("spaces"))
    for name, seal in ((one, b"\xff"), (two, b"0" * 64)):
        shown.remember(desk.inbox.folder, name, "")
        (Path(shown.folder(desk.inbox.folder)) / name).write_bytes(seal)
    seals = {entry.proposal.id: entry.seal for entry in desk.inbox.entries()[0]}
    assert seals == {one: shown.UNREADABLE, two: "0" * 64}


def test_what_a_killed_writer_left_is_named_and_removed_and_no_younger_one(desk: Review, cli: Memctl) -> None:
    (one,) = put(desk, one_of("tabs"))
    shown.remember(desk.inbox.folder, one, "x")
    inbox = entry_file(desk, one).parent
    old = [inbox / "a.json.1.tmp", inbox / "shown" / "b.2.tmp", inbox.parent / "approved.json.3.tmp"]
    for path in old:
        path.write_text("half")
        os.utime(path, (NOW - 9e6, NOW - 9e6))
    young = inbox / "c.json.4.tmp"
    young.write_text("now")
    assert '"state.leavings"' in cli("doctor", "--json", code=1).out
    cli("doctor", "--fix", code=None)
    assert [path.exists() for path in (*old, young)] == [False, False, False, True]
    assert list(leavings.half_written(desk.directory)) == [str(young)]


def test_erasing_takes_seals_approvals_and_half_written_files_along(desk: Review, cli: Memctl) -> None:
    line = "Use quokka7731 in this project at all times."
    cli("save", line, "--name", "word")
    (one,) = put(desk, proposal("word-2", f"{line}\n"))
    shown.remember(desk.inbox.folder, one, "x" * 64)
    left = entry_file(desk, one).parent / "shown" / "a.1.tmp"
    left.write_text(line)
    cli("forget", "--for-good", "word", "--yes")
    assert not left.exists()
    assert not (entry_file(desk, one).parent / "shown" / one).exists()
    state = Path(desk.inbox.folder).parent
    assert [p for p in state.rglob("*") if p.is_file() and b"quokka7731" in p.read_bytes()] == []
