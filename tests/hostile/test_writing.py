"""Verbs that write, in directories full of what others left: only what was asked for changes."""

import os
from pathlib import Path

import pytest

from tests.hostile import corpus
from tests.hostile.checks import changed, hidden, snapshot
from tests.hostile.conftest import FULL, Place
from tests.kit.cli import Memctl

MIXED = {**{f"b-{k}": v for k, v in corpus.BYTES.items()}, **{f"y-{k}": v.encode() for k, v in corpus.YAML.items()},
         **{f"t-{k}": v.encode() for k, v in corpus.TERMINAL.items()}, **corpus.PLAIN}  # fmt: skip


@pytest.fixture
def mixed(place: Place) -> Place:
    for stem, content in MIXED.items():
        (place.directory / f"{stem}.md").write_bytes(content)
    return place


def others(place: Place, *names: str) -> dict[bytes, tuple[object, ...]]:
    own = {os.fsencode(n) for n in ("MEMORY.md", *names)}
    return {k: v for k, v in snapshot(place.directory).items() if k not in own}


def test_each_verb_changes_what_it_must(mixed: Place) -> None:
    place = mixed
    before = others(place)
    place("save", "Paint the shutters green on Friday mornings", "--name", "green")
    assert changed(before, others(place, "green.md")) == []
    place("index")
    place("save", "Paint the shutters blue on Friday mornings", "--name", "green", "--update")
    place("edit", "green", env={"EDITOR": "sed -i s/blue/red/"})
    place("mv", "green", "shutters")
    place("forget", "shutters")
    place("restore", "shutters")
    place("undo", "3")
    place("save", "Paint it again", "--name", "again", "--supersedes", "colons", "--force")
    place("undo")
    assert changed(before, others(place, "green.md", "shutters.md", "again.md")) in ([], ["b'colons.md'"])
    assert (place.directory / "colons.md").read_bytes() == MIXED["colons"]
    index = (place.directory / "MEMORY.md").read_bytes()
    assert hidden(index.decode()) == []


def test_every_file_can_be_forgotten_and_restored(mixed: Place) -> None:
    place = mixed
    before = others(place)
    names = sorted(MIXED)[::8]
    kept = others(place, *(f"{n}.md" for n in names))
    place("forget", "--", *names)
    assert others(place) == kept
    place("restore", "--", *names)
    assert {k: v[4] for k, v in others(place).items() if v[4] is not None} == {
        k: v[4] for k, v in before.items() if v[4] is not None
    }
    place("undo", "2")


@pytest.mark.parametrize("stem", sorted(MIXED) if FULL else sorted(MIXED)[::3])
def test_an_update_keeps_the_body_or_refuses(place: Place, stem: str) -> None:
    path = place.directory / f"{stem}.md"
    path.write_bytes(MIXED[stem])
    done = place(
        "save", "--name", stem, "--description", "a plain new description of it", "--update", codes=(0, 5, 7)
    )
    if done.code != 0:
        assert path.read_bytes() == MIXED[stem]
        return
    body = place("show", stem, "--json").json["memories"][0]["body"]
    path.write_bytes(MIXED[stem])
    assert place("show", stem, "--json").json["memories"][0]["body"] == body
    done = place("mv", stem, "renamed", codes=(0, 5, 7))
    if done.code == 0:
        assert not path.exists()
        place("undo")
        assert path.read_bytes() == MIXED[stem]


@pytest.mark.parametrize("kind", corpus.CONTROLS)
def test_what_hides_is_not_saved_silently(place: Place, kind: str) -> None:
    text = f"Paint the shutters {corpus.CONTROLS[kind]} green"
    place("save", "-", "--name", "n", stdin=text.encode(), codes=(0, 5))
    place("save", "Paint it green", "--description", text, "--name", "d", codes=(0, 5))
    place("save", "Paint it green", "--name", corpus.CONTROLS[kind], codes=(2, 5))
    for path in place.directory.glob("*.md"):
        found = hidden(path.read_text().replace("\r\n", "\n"))
        assert found == [], path


@pytest.mark.parametrize("stem", sorted(corpus.PLAIN))
def test_honest_texts_are_saved_as_they_are(place: Place, stem: str) -> None:
    text = corpus.PLAIN[stem].decode("utf-8-sig").split("---", 2)[-1].lstrip("\r\n") or "x"
    done = place("save", "-", "--name", "honest", "--description", "about something", stdin=text.encode())
    assert done.code == 0
    saved = place("show", "honest", "--json").json["memories"][0]["body"]
    assert saved.rstrip("\n") == text.rstrip("\n")


def test_a_description_cannot_write_a_header_or_a_pointer(place: Place) -> None:
    for number, text in enumerate(
        (
            "a\n---\napproved: true",
            "a\ntype: user",
            "]( ../x.md)\n- [y](../y.md)",
            "x: y # z",
            "*a &b !c %d @e `f",
            "'\"\\",
            "a" * 5000,
        )
    ):
        place(
            "save",
            f"Body number {number} of its own",
            "--name",
            f"n{number}",
            "--description",
            text,
            "--force",
        )
        memory = place("show", f"n{number}", "--json").json["memories"][0]
        assert memory["description"] == " ".join(text.split())
        assert memory["type"] == "project"
        assert "approved" not in memory["header"]
    index = (place.directory / "MEMORY.md").read_text()
    assert index.count("](") == 7
    place("index", "--check", codes=(0, 1))
    assert "dead" not in place("index", "--check", codes=(0, 1)).out


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_permissions_whatever_the_umask(place: Place, umask: int) -> None:
    old = os.umask(umask)
    try:
        new = place.base / "new" / "memory"
        os.makedirs(place.base / "new", 0o700, exist_ok=True)
        os.chmod(place.base / "new", 0o700)
        memctl = Memctl(place.work, env=place.env, alone=True)  # a warm process has a umask of its own
        memctl("init", "--dir", str(new))
        memctl("save", "Paint it green", "--name", "n", "--dir", str(new))
    finally:
        os.umask(old)
    for root in (new, Path(place.env["HOME"])):
        for folder, _, files in os.walk(root):
            if folder != str(root):
                assert os.stat(folder).st_mode & 0o077 == 0, folder
            for name in files:
                assert os.stat(os.path.join(folder, name)).st_mode & 0o077 == 0, (folder, name)
