"""Every verb on directories full of damaged, hostile and honest files and names."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.hostile import corpus
from tests.hostile.checks import hidden, memories_of, snapshot
from tests.hostile.conftest import Place


def fill(place: Place, files: dict[str, bytes] | dict[str, str]) -> None:
    for stem, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (place.directory / f"{stem}.md").write_bytes(data)


def by_file(listed: Any) -> dict[str, list[str]]:
    """File -> what list says is wrong with it."""
    found = {m["file"]: list(m["warnings"]) for m in listed.json["memories"]}
    for problem in listed.json["problems"]:
        found.setdefault(problem["file"], []).append(problem["message"])
    return found


def all_named(place: Place, listed: Any) -> None:
    assert set(by_file(listed)) == memories_of(place.directory)


def test_damaged_bytes_are_listed_with_a_warning(place: Place) -> None:
    fill(place, corpus.BYTES)
    listed = place.looking("empty", "nul-in-body", "utf-16-le", "random-bytes", "latin-1-header")
    all_named(place, listed)
    assert [f for f, warnings in by_file(listed).items() if not warnings] == []


def test_hostile_yaml_is_read_as_data(place: Place) -> None:
    fill(place, corpus.YAML)
    listed = place.looking(
        "alias-bomb", "python-tag", "flow-20000-deep", "description-1-mib", "header-is-a-list"
    )
    all_named(place, listed)
    assert not list(place.base.rglob("pwned"))
    assert {m["type"] for m in listed.json["memories"]} <= {None, "user", "feedback", "project", "reference"}


def test_dates_of_every_kind(place: Place) -> None:
    fill(place, corpus.DATED)
    listed = place.looking("date-0", "date-15")
    all_named(place, listed)
    for memory in listed.json["memories"]:
        assert isinstance(memory["age_days"], int)
        assert memory["age_days"] >= 0
        assert len(memory["modified"]) == 20


def test_what_steers_a_terminal_is_shown_as_text(place: Place) -> None:
    fill(place, corpus.TERMINAL)
    all_named(
        place,
        place.looking("raw-csi", "escaped-csi", "raw-bidi", "escaped-tags", "escaped-surrogate", "raw-cr"),
    )


def test_colours_never_let_an_escape_through(place: Place) -> None:
    fill(place, corpus.TERMINAL)
    for arguments in (["list"], ["search", "lantern"], ["log"], ["diff"], ["show", "raw-osc-52"], ["doctor"]):
        done = place(*arguments, "--color", "always", codes=(0, 1), raw=True)
        text = done.out + done.err
        for code in ("0", "1", "2", "31", "32", "33", "35", "36"):
            text = text.replace(f"\x1b[{code}m", "")
        assert hidden(text) == []
        place.bad.clear()  # the colours themselves are escapes


def test_a_memory_cannot_leave_its_fence(place: Place) -> None:
    fill(place, corpus.BREAKING)
    place.looking("breakout-0", "breakout-6")
    place("index")
    for arguments in ([], *(["--for", f"lantern {number}"] for number in range(len(corpus.BREAKOUTS)))):
        fenced(place("context", *arguments, "--selector", "lexical", "--max-chars", "40000").out)


def fenced(text: str) -> None:
    """`text` is one block, and nothing in it reads as structure."""
    lines = text.rstrip("\n").split("\n")
    assert lines[0].startswith("<memctl-memory nonce=")
    assert lines[-1] == lines[0].replace("<", "</", 1)
    inside = "\n".join(lines[1:-1]).lower()
    for tag in (
        "<system-reminder",
        "</system",
        "<memctl-memory",
        "</memctl",
        "<|im_",
        "<function_calls",
        "<invoke",
        "</invoke",
        "<<sys",
    ):
        assert tag not in inside, tag
    for line in lines[1:-1]:
        assert not line.lstrip(" \t>*#").startswith(("@", "Human:", "Assistant:", "System:")), line


def test_honest_files_stay_as_they_are(place: Place) -> None:
    fill(place, corpus.PLAIN)
    before = snapshot(place.directory)
    listed = place.looking(*list(corpus.PLAIN)[::4])  # each is shown below
    all_named(place, listed)
    assert {f: w for f, w in by_file(listed).items() if w} == {}
    described = {m["file"]: m["description"] for m in listed.json["memories"]}
    assert described["colons.md"] == "deploy: only on: Tuesdays: always"
    assert described["hash.md"] == "see #42 and # not a comment"
    assert described["quoted.md"] == 'say "hello" and \\ back'
    assert described["persian.md"] == "کاربر می‌خواهد پاسخ‌ها فارسی باشد"
    for stem, content in corpus.PLAIN.items():
        shown = place("show", stem)
        assert "\\u{" not in shown.out.replace(r"\u202e", ""), stem
        assert shown.out.rstrip("\n") == content.decode("utf-8-sig").replace("\r\n", "\n").rstrip("\n"), stem
        assert place("show", stem, "--raw", raw=True).raw == content
    assert snapshot(place.directory) == before


def usable(name: str) -> bool:
    return "/" not in name and not name.startswith(".") and name.lower() != "memory.md"


def test_names_of_every_kind(place: Place) -> None:
    names = [n for n in corpus.NAMES if usable(n)]
    for name in (*names, *map(os.fsdecode, corpus.NAME_BYTES)):
        (place.directory / name).write_bytes(corpus.GOOD)
    listed = place.looking(*names[::4])
    all_named(place, listed)
    place("recall", "lantern light left", "--selector", "lexical", "-k", "5")
    raw = place("recall", "lantern light left", "--selector", "lexical", "-0", raw=True).raw
    for path in raw.split(b"\0")[:-1]:
        assert os.path.isfile(path)
    assert not list(place.base.rglob("pwned"))


def test_an_index_of_such_names_settles(place: Place) -> None:
    for name in filter(usable, corpus.NAMES):
        (place.directory / name).write_bytes(corpus.GOOD)
    place("index")
    first = (place.directory / "MEMORY.md").read_bytes()
    assert hidden(first.decode()) == []
    place("index")
    assert (place.directory / "MEMORY.md").read_bytes() == first
    place("index", "--check")


@pytest.mark.parametrize("kind", corpus.INDEXES)
def test_hostile_indexes(place: Place, kind: str) -> None:
    (place.directory / "lantern.md").write_bytes(corpus.GOOD)
    (place.directory / "MEMORY.md").write_bytes(corpus.INDEXES[kind])
    before = snapshot(place.directory)
    place("list")
    for how in ((), ("--json",)):
        place("index", "--check", *how, codes=(0, 1))
        place("doctor", *how, codes=(0, 1))
    place("recall", "lantern light left", "--selector", "lexical")
    place("context", "--for", "lantern light", "--selector", "lexical")
    assert snapshot(place.directory) == before
    place("index")
    settled = (place.directory / "MEMORY.md").read_bytes()
    place("index")
    assert (place.directory / "MEMORY.md").read_bytes() == settled
    place("save", "Paint the lanterns green on Friday mornings", "--name", "green")
    place("forget", "green")
    assert (place.directory / "lantern.md").read_bytes() == corpus.GOOD
    place("undo", "2")


def test_nested_folders(place: Place) -> None:
    deep = place.directory / "team" / "灯" / "a b"
    deep.mkdir(parents=True)
    for folder in (place.directory, *[Path(p) for p in (place.directory / "team", deep)]):
        (folder / "lantern.md").write_bytes(corpus.GOOD)
    (deep / "MEMORY.md").write_bytes(corpus.GOOD)
    listed = place.looking("team/lantern", "team/灯/a b/lantern.md")
    assert {m["file"] for m in listed.json["memories"]} >= {
        "lantern.md",
        "team/lantern.md",
        "team/灯/a b/lantern.md",
    }
    too_deep = place.directory.joinpath(*["x"] * 40)
    too_deep.mkdir(parents=True)
    (too_deep / "lantern.md").write_bytes(corpus.GOOD)
    assert "deep" in place("list").err
