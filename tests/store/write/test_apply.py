"""The one door: what it refuses, what it keeps, what it leaves alone."""

import os
import subprocess
from pathlib import Path

import pytest

from memctl import places
from memctl.domain.change import Applied, Change, Remove, Write
from memctl.domain.fingerprint import fingerprint
from memctl.errors import Conflict, Refused, WriteFailed
from memctl.format import topic
from memctl.store.history import records
from memctl.store.history import repair as history_repair
from memctl.store.memory import listing
from memctl.store.write import journal
from memctl.store.write.apply import apply, record_outside
from memctl.store.write.journal import drop_kept, kept
from memctl.store.write.recovery import apply_spooled, repair

NOW = 1_790_000_000.0


def memory(name: str, body: str = "The fact.\n") -> bytes:
    return topic.encode(name, f"what {name} is about", body, {"type": "user"})


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEMCTL_STATE_DIR", str(tmp_path / "state"))
    made = tmp_path / "memory"
    made.mkdir()
    return made


def save(directory: Path, file: str, content: bytes | None = None, expect: str | None = None) -> Applied:
    content = memory(file.removesuffix(".md")) if content is None else content
    return apply(str(directory), Change("save", (Write(file, content, expect),)), now=NOW)


def test_a_save_writes_the_file_the_pointer_and_a_commit(directory: Path) -> None:
    applied = save(directory, "a.md")
    assert applied.files == ("MEMORY.md", "a.md")
    assert (directory / "a.md").read_bytes() == memory("a")
    assert "- [A](a.md) — what a is about\n" in (directory / "MEMORY.md").read_text()
    record = records.log(str(directory))[0]
    assert (record.commit, record.verb, record.actor) == (applied.commit, "save", "memctl")


def test_nothing_but_memories_is_left_in_the_directory(directory: Path) -> None:
    save(directory, "a.md")
    save(directory, "a.md", memory("a", "new"), fingerprint(memory("a")))
    assert sorted(p.name for p in directory.iterdir()) == ["MEMORY.md", "a.md"]


@pytest.mark.parametrize(
    "file",
    [
        "../a.md", "/etc/a.md", "a/../../b.md", "", "a//b.md", "./a.md", "a\0.md", ".hidden.md",
        "sub/.git/x.md", "a.txt",
    ],
)  # fmt: skip
def test_what_is_no_path_inside_is_refused(directory: Path, file: str) -> None:
    with pytest.raises(Refused):
        save(directory, file, b"x")
    assert list(directory.iterdir()) == []
    assert not Path("/etc/a.md").exists()


@pytest.mark.parametrize("place", ["a.md", "MEMORY.md", "sub"])
@pytest.mark.parametrize("target", ["outside", "missing", "loop"])
def test_links_are_never_written_through(directory: Path, tmp_path: Path, place: str, target: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.md").write_text("precious")
    aim = {"missing": tmp_path / "nothing", "loop": directory / place}.get(target)
    (directory / place).symlink_to(aim or (outside if place == "sub" else outside / "a.md"))
    with pytest.raises(Refused) as error:
        save(directory, "sub/a.md" if place == "sub" else "a.md", b"x")
    assert error.value.slug == "link"
    assert (outside / "a.md").read_text() == "precious"
    assert [p.name for p in outside.iterdir()] == ["a.md"]
    assert (directory / place).is_symlink()


@pytest.mark.parametrize("kind", ["fifo", "directory", "socket"])
def test_what_is_no_regular_file_is_refused_at_once(directory: Path, kind: str) -> None:
    path = directory / "a.md"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    else:
        import socket

        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(path))
    with pytest.raises(Refused):
        save(directory, "a.md", b"x")


def test_a_hard_link_is_broken_not_followed(directory: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(memory("a"))
    (directory / "a.md").hardlink_to(elsewhere)
    save(directory, "a.md", memory("a", "new"), fingerprint(memory("a")))
    assert elsewhere.read_bytes() == memory("a")
    assert (directory / "a.md").read_bytes() == memory("a", "new")


def test_modes_are_kept_and_new_files_are_private(directory: Path) -> None:
    (directory / "old.md").write_bytes(memory("old"))
    (directory / "old.md").chmod(0o644)
    old = os.umask(0)
    try:
        save(directory, "new.md")
        save(directory, "old.md", memory("old", "new"), fingerprint(memory("old")))
        save(directory, "sub/deep/new.md")
    finally:
        os.umask(old)
    modes = {
        name: oct((directory / name).stat().st_mode & 0o777)
        for name in ("new.md", "old.md", "sub", "MEMORY.md")
    }
    assert modes == {"new.md": "0o600", "old.md": "0o644", "sub": "0o700", "MEMORY.md": "0o600"}


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        (Write("a.md", b"x"), "exists"),
        (Write("a.md", b"x", fingerprint(b"other")), "changed"),
        (Write("b.md", b"x", fingerprint(b"other")), "gone"),
        (Remove("a.md", fingerprint(b"other")), "changed"),
        (Remove("b.md", fingerprint(b"other")), "gone"),
    ],
)
def test_a_change_that_expects_something_else_changes_nothing(
    directory: Path, operation: Write | Remove, says: str
) -> None:
    save(directory, "a.md")
    before = {p.name: p.read_bytes() for p in directory.iterdir()}
    with pytest.raises(Conflict) as error:
        apply(str(directory), Change("x", (Write("new.md", b"n"), operation)), now=NOW)
    assert says in error.value.message
    assert {p.name: p.read_bytes() for p in directory.iterdir()} == before
    assert journal.names(str(directory)) == []


def test_what_others_wrote_is_in_the_history_before_it_is_replaced(directory: Path) -> None:
    save(directory, "a.md")
    stat = (directory / "a.md").stat()
    by_hand = memory("a").replace(b"fact", b"edit")
    (directory / "a.md").write_bytes(by_hand)  # the same size, and the same time
    os.utime(directory / "a.md", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    applied = save(directory, "a.md", memory("a", "new"), fingerprint(by_hand))
    assert applied.outside == ("a.md",)
    assert records.show(str(directory), "a.md", "@~1") == by_hand


def test_an_unchanged_description_leaves_a_pointer_that_a_person_worded(directory: Path) -> None:
    save(directory, "a.md")
    index = directory / "MEMORY.md"
    index.write_text("# Mine\n\n- [My title](a.md) — my words\n\nProse.\n")
    save(directory, "a.md", memory("a", "new"), fingerprint(memory("a")))
    assert index.read_text() == "# Mine\n\n- [My title](a.md) — my words\n\nProse.\n"


def test_a_crlf_index_and_bytes_that_are_no_text_survive(directory: Path) -> None:
    (directory / "MEMORY.md").write_bytes(b"\xef\xbb\xbf# Index\r\n\r\n- [b](b.md) \xff\xfe\r\n")
    save(directory, "a.md")
    raw = (directory / "MEMORY.md").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf# Index\r\n\r\n- [b](b.md) \xff\xfe\r\n- [A](a.md)")


def test_a_table_used_as_index_is_left_with_a_warning(directory: Path) -> None:
    table = "| memory | about |\n|---|---|\n| a | x |\n| b | y |\n"
    (directory / "MEMORY.md").write_text(table)
    applied = save(directory, "a.md")
    assert (directory / "MEMORY.md").read_text() == table
    assert any("table" in warning for warning in applied.warnings)


def test_a_change_of_the_index_itself_is_taken_as_given(directory: Path) -> None:
    save(directory, "a.md")
    old = (directory / "MEMORY.md").read_bytes()
    change = Change("index", (Write("MEMORY.md", b"# Empty\n", fingerprint(old)),))
    apply(str(directory), change, now=NOW)
    assert (directory / "MEMORY.md").read_bytes() == b"# Empty\n"


def test_a_rename_takes_the_pointer_along_where_it_stands(directory: Path) -> None:
    for name in "abc":
        save(directory, f"{name}.md")
    operations = (Write("z.md", memory("z")), Remove("b.md", fingerprint(memory("b"))))
    apply(str(directory), Change("mv", operations, renames=(("b.md", "z.md"),)), now=NOW)
    lines = (directory / "MEMORY.md").read_text().splitlines()[2:]
    assert [line.split("](")[1].split(")")[0] for line in lines] == ["a.md", "z.md", "c.md"]


def test_a_pointer_that_an_editor_overwrote_comes_back(directory: Path) -> None:
    save(directory, "a.md")
    stale = (directory / "MEMORY.md").read_text()
    save(directory, "b.md")
    (directory / "MEMORY.md").write_text(stale + "- a line by hand\n")
    save(directory, "c.md")
    text = (directory / "MEMORY.md").read_text()
    assert "(b.md)" in text
    assert "- a line by hand\n" in text


def test_a_pointer_taken_out_long_after_the_save_stays_out(directory: Path) -> None:
    save(directory, "a.md")
    save(directory, "b.md")
    index = directory / "MEMORY.md"
    index.write_text("".join(line for line in index.read_text().splitlines(True) if "b.md" not in line))
    apply(str(directory), Change("save", (Write("c.md", memory("c")),)), now=NOW + 86_400)
    assert "(b.md)" not in index.read_text()


def fail_writes(patch: pytest.MonkeyPatch, number: int) -> None:
    """The disk of the memory directory takes nothing; that of the state directory does."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    patch.setattr("memctl.store.disk.folder.Folder._temporary", refuse)


@pytest.mark.parametrize(
    ("number", "slug"), [(28, "disk-full"), (13, "denied"), (30, "read-only"), (5, "io")]
)
def test_what_could_not_be_written_is_kept_reported_and_applied_later(
    directory: Path, monkeypatch: pytest.MonkeyPatch, number: int, slug: str
) -> None:
    with monkeypatch.context() as patch:
        fail_writes(patch, number)
        with pytest.raises(WriteFailed) as error:
            save(directory, "a.md")
    assert error.value.slug == slug
    assert "kept" in (error.value.hint or "")
    assert list(directory.iterdir()) == []
    told = repair(str(directory), now=NOW)
    assert len(told) == 1
    assert "save of a.md" in told[0]
    assert "doctor --fix" in told[0]
    (entry,) = kept(str(directory))
    assert entry.reason == slug
    apply_spooled(str(directory), entry.id, now=NOW)
    assert (directory / "a.md").read_bytes() == memory("a")
    assert repair(str(directory), now=NOW) == []


def test_a_kept_change_can_be_dropped_and_never_overwrites(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        fail_writes(patch, 28)
        with pytest.raises(WriteFailed):
            save(directory, "a.md")
    (directory / "a.md").write_text("by hand meanwhile")
    (entry,) = kept(str(directory))
    with pytest.raises(Conflict):
        apply_spooled(str(directory), entry.id, now=NOW)
    assert (directory / "a.md").read_text() == "by hand meanwhile"
    drop_kept(str(directory), entry.id)
    assert kept(str(directory)) == []


def test_without_git_everything_works_but_the_history(
    directory: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert save(directory, "a.md").commit is None
    assert save(directory, "a.md", memory("a", "new"), fingerprint(memory("a"))).commit is None
    remove = Remove("a.md", fingerprint(memory("a", "new")))
    apply(str(directory), Change("forget", (remove,)), now=NOW)
    assert "a.md" not in (directory / "MEMORY.md").read_text()
    assert repair(str(directory), now=NOW) == []


def test_a_repository_around_and_inside_is_not_disturbed_and_does_not_disturb(directory: Path) -> None:
    git = ["git", "-c", "user.name=n", "-c", "user.email=e@x", "-C", str(directory.parent)]
    subprocess.run([*git, "init", "-q"], check=True)
    (directory.parent / ".gitignore").write_text("*.md\n")
    (directory / ".gitattributes").write_text("*.md text eol=crlf filter=evil diff=evil -diff\n")
    (directory / ".gitignore").write_text("*\n")
    subprocess.run(["git", "init", "-q", str(directory)], check=True)
    (directory / ".git" / "hooks").mkdir(exist_ok=True)
    hook = directory / ".git" / "hooks" / "post-commit"
    hook.write_text("#!/bin/sh\ntouch hook-ran\n")
    hook.chmod(0o755)
    before = {p: p.read_bytes() for p in (directory / ".git").rglob("*") if p.is_file()}
    save(directory, "a.md", memory("a", "one\r\ntwo\n"))
    assert records.show(str(directory), "a.md", "@") == memory("a", "one\r\ntwo\n")
    assert "+two" in records.diff(str(directory))
    assert {p: p.read_bytes() for p in (directory / ".git").rglob("*") if p.is_file()} == before
    assert not list(directory.parent.rglob("hook-ran"))


def test_configuration_of_the_machine_is_not_heard(
    directory: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trap = tmp_path / "ran"
    config = tmp_path / "gitconfig"
    config.write_text(
        f"[core]\n\thooksPath = {tmp_path}\n\tfsmonitor = touch {trap}\n\tpager = touch {trap}\n"
        f"[diff]\n\texternal = touch {trap}\n[commit]\n\tgpgsign = true\n[user]\n\tuseConfigOnly = true\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".gitconfig").write_text(config.read_text())
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, str(config))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", f"touch {trap}")
    save(directory, "a.md")
    save(directory, "b.md")
    assert "+name: b" in records.diff(str(directory))
    assert history_repair.verify(str(directory)) == []
    assert not trap.exists()
    assert not (tmp_path / "index").exists()


def test_a_git_in_the_working_directory_is_not_run(
    directory: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "git").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (project / "git").chmod(0o755)
    monkeypatch.chdir(project)
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.pathsep}{os.environ['PATH']}")
    assert save(directory, "a.md").commit is not None
    assert not (tmp_path / "ran").exists()


def test_the_clock_may_say_anything(directory: Path) -> None:
    for number, now in enumerate((NOW, -1_600_000_000.0, 4_200_000_000.0, 5.0)):
        apply(str(directory), Change("save", (Write(f"m{number}.md", memory(f"m{number}")),)), now=now)
    for name in ("m0.md", "m1.md"):
        os.utime(directory / name, (4_200_000_000, 4_200_000_000))
    (directory / "m0.md").write_bytes(memory("m0", "by hand"))
    os.utime(directory / "m0.md", (4_200_000_000, 4_200_000_000))
    assert record_outside(str(directory), now=1.0) == ("m0.md",)
    named = [record.files[-1] for record in records.log(str(directory))]
    assert named == ["m0.md", "m3.md", "m2.md", "m1.md", "m0.md"]


def test_a_temporary_name_of_a_killed_writer_is_swept(directory: Path) -> None:
    save(directory, "a.md")
    (directory / ".memctl-new-0123").write_bytes(b"half")
    (directory / ".memctl-old-0-0123").write_bytes(b"an edit that nobody else has\n")
    (directory / ".other").write_bytes(b"not ours")
    journal.put(str(directory), journal.new(Change("tidy", ()), NOW))
    (told,) = repair(str(directory), now=NOW)
    kept = Path(told.rsplit(" ", 1)[1])
    assert kept.read_bytes() == b"an edit that nobody else has\n"
    assert kept.is_relative_to(places.store_state(str(directory)))
    assert sorted(p.name for p in directory.iterdir()) == [".other", "MEMORY.md", "a.md"]


def test_a_change_that_writes_one_file_twice_is_refused_before_anything_is_written(directory: Path) -> None:
    save(directory, "a.md")
    expect = fingerprint(memory("a"))
    twice = [Write("b.md", memory("b")), *(Write("a.md", memory("a", text), expect) for text in ("x", "y"))]
    with pytest.raises(Refused, match="twice"):
        apply(str(directory), Change("save", tuple(twice)), now=NOW)
    assert (directory / "a.md").read_bytes() == memory("a")
    assert not (directory / "b.md").exists()
    assert apply(str(directory), Change("save", tuple(twice[:2])), now=NOW).outside == ()


@pytest.mark.parametrize("large", [2, 3])
def test_an_edit_since_an_earlier_look_is_in_the_history_after_a_save(
    directory: Path, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    """Of two memories; from `large` on an earlier look stands for the directory, and the next write records
    what it did not see."""
    monkeypatch.setattr(listing, "LARGE", large)
    save(directory, "a.md")
    save(directory, "b.md")
    os.utime(directory / "b.md", (NOW, NOW))  # what is younger than a clock's tick is read again in any case
    record_outside(str(directory), now=NOW)
    look = listing.columns(str(directory))
    (directory / "b.md").write_bytes(memory("b", "By hand, while a question waited.\n"))
    change = Change("save", (Write("c.md", memory("c"), None),))
    apply(str(directory), change, now=NOW, listing=look)
    seen = [record for record in records.log(str(directory)) if record.is_outside]
    assert bool(seen) == (large > 2)
    save(directory, "d.md")
    assert [r.files for r in records.log(str(directory)) if r.is_outside] == [("b.md",)]
