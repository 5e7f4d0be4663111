"""Links, pipes, sockets, devices and directories where a memory should be; sizes and numbers without end."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from memctl.store.history.bulk import MANY
from memctl.store.history.objects import OBJECT_MAX
from tests.hostile import corpus
from tests.hostile.checks import CANARY, changed, memories_of, snapshot
from tests.hostile.conftest import Place
from tests.kit.topics import topic

OUTSIDE = topic("outside", f"lantern light left {CANARY}", f"lantern light left {CANARY}\n")


def _socket(path: Path) -> None:
    here = os.open(".", os.O_RDONLY)
    os.chdir(path.parent)  # the name of a socket has at most 107 bytes
    try:
        socket.socket(socket.AF_UNIX).bind(path.name)
    finally:
        os.fchdir(here)
        os.close(here)


HOLE = OBJECT_MAX + 1
"""Bytes: above every limit on the size of a memory (`files.BODY_MAX`) and of what the history holds of one, and
little enough to be hashed often."""


def _hole(path: Path) -> None:
    path.write_bytes(corpus.GOOD)
    os.truncate(path, HOLE)


Make = Callable[[Path, Path], object]

ODD: dict[str, Make] = {
    "link-to-file-outside": lambda path, out: path.symlink_to(out / "outside.md"),
    "link-relative-outside": lambda path, out: path.symlink_to("../outside/outside.md"),
    "link-to-folder-outside": lambda path, out: path.symlink_to(out),
    "link-to-zero": lambda path, out: path.symlink_to("/dev/zero"),
    "link-to-stdin": lambda path, out: path.symlink_to("/dev/stdin"),
    "link-to-itself": lambda path, out: path.symlink_to(path.name),
    "link-to-nothing": lambda path, out: path.symlink_to("gone.md"),
    "link-inside": lambda path, out: path.symlink_to("lantern.md"),
    "fifo": lambda path, out: os.mkfifo(path),
    "socket": lambda path, out: _socket(path),
    "folder": lambda path, out: (path.mkdir(), (path / "inner.md").write_bytes(corpus.GOOD)),
    "empty-folder": lambda path, out: path.mkdir(),
}
"""Kind -> how it is made at `path`; `out` is a folder outside with a file that must not be read."""


@pytest.fixture
def outside(place: Place) -> Path:
    folder = place.base / "outside"
    folder.mkdir()
    (folder / "outside.md").write_text(OUTSIDE)
    (place.directory / "lantern.md").write_bytes(corpus.GOOD)
    return folder


def test_what_is_no_file_is_named_and_not_opened(place: Place, outside: Path) -> None:
    for kind, make in ODD.items():
        make(place.directory / f"{kind}.md", outside)
    (place.directory / "folder-link").symlink_to(outside)
    (place.directory / "parent-link").symlink_to("..")
    before = snapshot(outside)
    listed = place.looking("lantern")
    named = {m["file"] for m in listed.json["memories"]} | {p["file"] for p in listed.json["problems"]}
    assert named == memories_of(place.directory)
    assert [m["file"] for m in listed.json["memories"]] == ["lantern.md"]
    for kind in ODD:
        for verb in ("show", "path"):
            assert place(verb, kind, codes=(3, 7)).raw == b""
        place("forget", kind, codes=(3, 5, 7))
        place("mv", kind, "renamed", codes=(3, 5, 7))
        place("save", "A new text about lamps", "--name", kind, codes=(5, 7))
        place("save", "A new text about lamps", "--name", kind, "--update", codes=(5, 7))
        place("edit", kind, codes=(3, 5, 7), env={"EDITOR": "true"})
    place("index")
    place("doctor", "--fix", codes=(0, 1))
    assert snapshot(outside) == before
    for kind in ODD:
        assert os.path.lexists(place.directory / f"{kind}.md")


@pytest.mark.parametrize("kind", ODD)
def test_an_index_that_is_no_file(place: Place, outside: Path, kind: str) -> None:
    ODD[kind](place.directory / "MEMORY.md", outside)
    before = snapshot(outside)
    for arguments in (["list"], ["recall", "lantern", "--selector", "lexical"], ["stats"]):
        place(*arguments, codes=(0,) if arguments[0] != "stats" else (0, 7))
    place("context", "--for", "lantern light", "--selector", "lexical")
    place("doctor", "--json", codes=(1,))
    place("index", "--check", codes=(1, 7))
    place("save", "Paint the lanterns green on Fridays", "--name", "green", codes=(0, 5, 7))
    place("index", codes=(0, 5, 7))
    assert snapshot(outside) == before


def test_a_hard_link_is_parted_by_an_update(place: Place, outside: Path) -> None:
    os.link(outside / "outside.md", place.directory / "hard.md")
    place("save", "Lamps are lit from the left", "--name", "hard", "--update", "--description", "lamps")
    assert (outside / "outside.md").read_text() == OUTSIDE
    place.bad.clear()  # it is a file of the directory too, and may be shown


@pytest.mark.parametrize("name", ["../outside/outside", "../outside/outside.md", "..", ".", "", "/etc/passwd", "~/x", "%2e%2e/outside/outside", "..\\outside\\outside", "．．／outside", "outside\0", "lantern.md/../../outside/outside", "./../outside/outside", "/proc/self/environ", "-", "con", "\x1b[31m", "\u202e", "x" * 5000])  # fmt: skip
def test_names_that_lead_outside(place: Place, outside: Path, name: str) -> None:
    name = name.replace("\0", "\ufffd")
    before = snapshot(place.base)
    for verb in ("show", "path", "forget", "restore"):
        place(verb, "--", name, codes=(2, 3, 5))
    place("show", "--json", "--", name, codes=(3,))
    place("show", "--raw", "--", name, codes=(3,))
    place("edit", "--", name, codes=(3,), env={"EDITOR": "true"})
    place("mv", "--", name, "green", codes=(3,))
    for new in (name, name + ".md"):
        place("mv", "--", "lantern", new, codes=(2, 5))
        place("save", "Text about lamps", f"--name={new}", codes=(2, 5))
        place("save", "Text about lamps", f"--name={new}", "--update", "--json", codes=(2, 5))
        place("save", "Text about lamps", "--supersedes", new, codes=(2, 3, 5))
    place("recall", "lantern light", "--exclude", name, "--surfaced", name, "--selector", "lexical")
    place("why", "lantern", "--expect", name, "--selector", "lexical", codes=(0, 3))
    place("log", "--", name, codes=(0, 3))
    place("diff", "--", name, codes=(0, 3))
    place("show", "lantern", "--at", name, codes=(0, 2, 3))
    after = snapshot(place.base)
    assert [c for c in changed(before, after) if not c.startswith("b'home") and c != "b'memory'"] == []


def huge(directory: Path) -> None:
    """A file of 20 MB, four of 2 MB, one of 20 MB without a line end."""
    line = b"The lantern light left and right, at night.\n"
    with open(directory / "big.md", "wb") as file:
        file.write(corpus.GOOD)
        for _ in range(20):
            file.write(line * 23_000)
    for number in range(4):
        (directory / f"mid{number}.md").write_bytes(corpus.GOOD + line * 46_000)
    (directory / "line.md").write_bytes(corpus.GOOD + "lantern Ünïcode 灯 ".encode() * 1_000_000)


def sparse(directory: Path) -> None:
    """Files that are a hole, one of them with a header."""
    _hole(directory / "hole.md")
    (directory / "nothing.md").touch()
    os.truncate(directory / "nothing.md", HOLE)


def many(directory: Path) -> None:
    """More files than the history takes in one piece, with an index that knows none of them."""
    for number in range(MANY + 100):
        text = topic(f"m{number}", f"fact {number} on lantern {number * 7919}", "Light from the left.\n")
        (directory / f"m{number}.md").write_text(text)
    (directory / "MEMORY.md").write_text("".join(f"- [G{n}](gone{n}.md)\n" for n in range(MANY + 100)))


@pytest.mark.parametrize("fill", [huge, sparse, many])
def test_sizes_without_end(place: Place, fill: Callable[[Path], None]) -> None:
    (place.directory / "lantern.md").write_bytes(corpus.GOOD)
    fill(place.directory)
    before = snapshot(place.directory)
    listed = place("list", "--json")
    assert {m["file"] for m in listed.json["memories"]} == memories_of(place.directory)
    if fill is not many:
        assert all(
            m["warnings"] for m in listed.json["memories"] if m["file"].startswith(("big", "hole", "line"))
        )
    first = sorted(memories_of(place.directory))[0]
    for arguments in (
        ["list"], ["search", "lantern"], ["stats"], ["log"], ["diff"],
        ["recall", "lantern light left", "--selector", "lexical", "--json"], ["show", first], ["show", first, "--json"],
        ["why", "lantern light", "--selector", "lexical", "--expect", "lantern"], ["context"],
        ["context", "--for", "lantern light left", "--selector", "lexical"],
    ):  # fmt: skip
        place(*arguments)
    place("index", "--check", codes=(0, 1))
    place("doctor", codes=(0, 1))
    assert changed(before, snapshot(place.directory)) == []
    place("index")
    place("save", "Paint the shutters green on Friday mornings", "--name", "green")
    place("mv", "green", "blue")
    place("save", "--name", first, "--description", "shorter", "--update", codes=(0, 5, 7))
    place("forget", "blue")
    place("restore", "blue")
    place("undo")


def test_a_huge_text_on_stdin_is_refused(place: Place) -> None:
    (place.directory / "lantern.md").write_bytes(corpus.GOOD)
    text = "lantern Ünïcode 灯 ".encode() * 500_000
    less = "lantern Ünïcode 灯 ".encode() * 40_000
    place("save", "-", "--name", "x", stdin=text, codes=(5,))
    place("save", "--name", "x", stdin=less, codes=(5,))
    place("recall", "-", "--selector", "lexical", stdin=text, codes=(5,))
    words = " ".join(f"lantern{n} word{n}" for n in range(40_000)).encode()
    for query in (less, words, b"lantern" * 140_000):
        place("recall", "-", "--selector", "lexical", stdin=query)
        place("context", "--for", "-", "--selector", "lexical", stdin=query)
        place("why", "-", "--selector", "lexical", stdin=query)
    assert memories_of(place.directory) == {"lantern.md"}


def test_a_huge_file_is_shown_whole_with_raw(place: Place) -> None:
    with open(place.directory / "big.md", "wb") as file:
        file.write(corpus.GOOD)
        file.truncate(20 << 20)
    shown = place("show", "big", "--raw", raw=True).raw
    assert shown == (place.directory / "big.md").read_bytes()
    assert "--raw" in place("show", "big").err
