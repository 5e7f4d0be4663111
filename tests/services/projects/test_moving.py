"""Whatever the two places hold and wherever they lie: both are whole afterwards, in one place."""

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from memctl import places
from memctl.domain.change import Change, Write
from memctl.errors import Refused
from memctl.services import doctor
from memctl.services.doctor import fix
from memctl.services.projects.moving import bring
from memctl.services.write import undo
from memctl.store.history import records, repair
from memctl.store.state import registry
from memctl.store.state.inbox import Inbox
from memctl.store.state.tombstones import Tombstones
from memctl.store.write import bringing, journal
from memctl.store.write.apply import apply
from tests.faults import ground
from tests.faults.pair import Pair, proposal
from tests.faults.scenes import NOW, files_of, index_of, memory
from tests.kit.doors import door
from tests.kit.secret_samples import fill


@pytest.fixture(scope="module")
def built() -> Iterator[Pair]:
    with ground.built(Pair) as made:
        yield made


@pytest.fixture
def pair(built: Pair, monkeypatch: pytest.MonkeyPatch) -> Pair:
    return ground.fresh(built, monkeypatch)


@pytest.fixture
def other_file_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """No file has a second name outside of its folder."""
    real = os.link

    def link(source: str, target: str, **how: object) -> None:
        if os.path.dirname(source) != os.path.dirname(target) and os.path.isabs(source):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        real(source, target, **how)

    monkeypatch.setattr(os, "link", link)


def test_both_are_joined(pair: Pair) -> None:
    brought = bring(pair.source, pair.target, "", now=NOW)
    pair.check_joined()
    assert (brought.files, brought.offered) == (("MEMORY.md", "theirs.md"), ("shared.md",))


@pytest.mark.usefixtures("other_file_system")
def test_across_file_systems_the_same(pair: Pair) -> None:
    os.utime(os.path.join(pair.source, "theirs.md"), (NOW - 5000, NOW - 5000))
    os.symlink("theirs.md", os.path.join(pair.source, "link"))
    bring(pair.source, pair.target, "", now=NOW)
    assert os.stat(os.path.join(pair.target, "theirs.md")).st_mtime == NOW - 5000, "its age came along"
    assert os.readlink(os.path.join(pair.target, "link")) == "theirs.md"
    os.unlink(os.path.join(pair.target, "link"))
    pair.check_joined()


@pytest.mark.parametrize("target", ["missing", "empty"])
def test_into_nothing_everything_comes_and_an_undo_leaves_nothing(pair: Pair, target: str) -> None:
    shutil.rmtree(pair.target)
    shutil.rmtree(os.path.join(pair.state, "stores", places.store_key(pair.target)))
    if target == "empty":
        os.mkdir(pair.target)
    files, index = files_of(pair.source), index_of(pair.source)
    before = [r.commit for r in records.log(pair.source)]
    bring(pair.source, pair.target, "", now=NOW)
    assert (files_of(pair.target), index_of(pair.target)) == (files, index)
    after = [r.commit for r in records.log(pair.target)]
    assert after[-len(before) :] == before, "each change is still called what it was"
    assert [e.proposal.name for e in Inbox(pair.target).entries()[0]] == ["waiting-theirs"]
    tombstones = Tombstones(pair.target)
    assert tombstones.stops(proposal("buried-theirs"), tombstones.load())
    undone, _ = undo.undo(door(pair.target), now=NOW)
    assert [step.verb for step in undone.steps] == ["adopt"]
    assert files_of(pair.target) == {}


def test_undo_takes_out_what_came_and_every_version_of_both_is_still_found(pair: Pair) -> None:
    ours, index = files_of(pair.target), index_of(pair.target)
    theirs = records.log(pair.source, file="shared.md")[0].commit
    bring(pair.source, pair.target, "", now=NOW)
    undo.undo(door(pair.target, "claude-code"), now=NOW)
    assert (files_of(pair.target), index_of(pair.target)) == (ours, index)
    assert b"What theirs said." in records.show(pair.target, "shared.md", theirs)
    undo.restore(door(pair.target), ["theirs"], now=NOW)
    assert "theirs.md" in files_of(pair.target)
    undo.undo(door(pair.target), 4, now=NOW)
    assert "shared.md" not in files_of(pair.target), "what happened elsewhere is no step of this directory"


def test_what_cannot_wait_in_the_inbox_comes_under_a_free_name(pair: Pair) -> None:
    token = fill("gh|p_{a36}", 7)
    Path(pair.source, "shared.md").write_bytes(memory("shared", f"The token is {token}.\n"))
    Path(pair.target, ".git").mkdir()
    Path(pair.target, ".git", "HEAD").write_text("ours")
    Path(pair.source, ".git").mkdir()
    Path(pair.source, ".git", "HEAD").write_text("theirs")
    Path(pair.target, "team").write_text("a file")
    Path(pair.source, "team").mkdir()
    Path(pair.source, "team", "rota.md").write_bytes(memory("rota"))
    brought = bring(pair.source, pair.target, "", now=NOW)
    assert brought.renamed == {
        "shared.md": "shared-2.md", ".git/HEAD": ".git-2/HEAD", "team/rota.md": "team-2/rota.md",
    }  # fmt: skip
    assert token in Path(pair.target, "shared-2.md").read_text()
    assert "(shared-2.md)" in index_of(pair.target)
    assert Path(pair.target, ".git-2", "HEAD").read_text() == "theirs"
    assert not os.path.exists(pair.source)


def test_a_directory_that_the_user_named_only_changes_its_project(pair: Pair, tmp_path: Path) -> None:
    before = files_of(pair.source)
    bring(pair.source, pair.source, str(tmp_path), now=NOW)
    assert files_of(pair.source) == before
    assert registry.read(places.store_key(pair.source)).roots == [str(tmp_path)]


def test_one_that_lies_in_the_other_is_refused(pair: Pair) -> None:
    with pytest.raises(Refused):
        bring(pair.source, os.path.join(pair.source, "inner"), "", now=NOW)
    assert "theirs.md" in files_of(pair.source)


def test_what_0_1_0_set_aside_is_named_by_the_doctor_and_joined(pair: Pair) -> None:
    stores = os.path.join(pair.state, "stores")
    aside = os.path.join(stores, places.store_key(pair.target) + ".before-0a1b2c")
    os.rename(os.path.join(stores, places.store_key(pair.source)), aside)
    registry_file = os.path.join(aside, registry.FILE)
    if os.path.exists(registry_file):
        os.unlink(registry_file)
    files = files_of(pair.target)
    found = [f for f in doctor.run(pair.target, now=NOW) if f.id == "state.aside"]
    assert len(found) == 1
    assert aside in found[0].message
    done, failed = fix.fix_outside(door(pair.target), found, now=NOW)
    assert (len(done), failed) == (1, [])
    assert not os.path.exists(aside)
    assert files_of(pair.target) == files
    assert sorted(e.proposal.name for e in Inbox(pair.target).entries()[0]) == [
        "waiting-ours",
        "waiting-theirs",
    ]
    assert len([r for r in records.log(pair.target) if r.verb == "save"]) == 6
    assert repair.verify(pair.target) == []
    undone, _ = undo.undo(door(pair.target), now=NOW)
    assert undone.steps[0].verb == "save", "that two pasts became one is no step"


def test_it_says_who_did_it(pair: Pair) -> None:
    bring(pair.source, pair.target, "", now=NOW, by="claude-code")
    newest = records.log(pair.target, 1)[0]
    assert (newest.verb, newest.actor, newest.why) == ("adopt", "claude-code", f"from {pair.source}")


def test_what_is_saved_in_the_source_while_it_waits_to_be_finished_comes_too(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("memctl.store.state.union.join", die)
        with pytest.raises(KeyboardInterrupt):
            bring(pair.source, pair.target, "", now=NOW)
    Path(pair.source, "late.md").write_bytes(memory("late"))
    apply(pair.target, Change("save", (Write("new.md", memory("new")),)), now=NOW)
    assert {"late.md", "new.md", "theirs.md"} <= set(files_of(pair.target))
    assert not os.path.exists(pair.source)


def test_a_move_that_is_beginning_is_not_forgotten_by_another_process(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after both entries are written, with somebody opening the source between the two."""
    put, begun = journal.put, []

    def interrupted(directory: str, entry: journal.Entry, *more: str) -> None:
        put(directory, entry, *more)
        begun.append(directory)
        if begun == [pair.source]:
            assert bringing.repair(pair.source, now=NOW) == []
        if len(begun) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(journal, "put", interrupted)
        with pytest.raises(KeyboardInterrupt):
            bring(pair.source, pair.target, "", now=NOW)
    assert begun == [pair.source, pair.target]
    (note,) = bringing.settle(pair.source, now=NOW)
    assert note.startswith("finished bringing")
    assert not os.path.exists(pair.source)


def test_a_move_that_never_began_is_forgotten(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    put = journal.put

    def killed(directory: str, entry: journal.Entry, *more: str) -> None:
        put(directory, entry, *more)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(journal, "put", killed)
        with pytest.raises(KeyboardInterrupt):
            bring(pair.source, pair.target, "", now=NOW)
    assert len(journal.names(pair.source)) == 1
    assert bringing.settle(pair.source, now=NOW) == []
    assert journal.names(pair.source) == []


@pytest.mark.parametrize("file", ["theirs.md", "MEMORY.md"])
def test_what_an_editor_saves_while_its_file_is_taken_away_comes_too(
    pair: Pair, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, new = os.path.join(pair.source, file), b"- Saved by an editor at the last moment\n"
    if file != "MEMORY.md":
        new = memory("theirs", "Saved by an editor at the last moment.")
    waiting = [True]

    def save(name: str) -> None:
        if waiting and name == path:
            waiting.clear()
            Path(path + "~").write_bytes(new)
            replace(path + "~", path)

    rename, unlink, replace = os.rename, os.unlink, os.replace

    def renamed(old: str, to: str, **how: Any) -> None:
        save(old)
        rename(old, to, **how)

    def unlinked(name: str, **how: Any) -> None:
        save(name)
        unlink(name, **how)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", renamed)
        patch.setattr(os, "unlink", unlinked)
        bring(pair.source, pair.target, "", now=NOW)
    assert not waiting
    arrived = [index_of(pair.target).encode(), *files_of(pair.target).values()]
    assert any(b"at the last moment" in content for content in arrived)
    assert not os.path.exists(pair.source)
