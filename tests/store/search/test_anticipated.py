"""Anticipated queries on disk: nothing lost between writers, nothing believed that is damaged."""

import json
import multiprocessing
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from memctl.store.search import anticipated, likeness


def test_the_last_line_of_a_key_counts_and_an_empty_list_forgets(tmp_path: Path) -> None:
    path = str(tmp_path / "state" / "anticipated.jsonl")
    anticipated.append(path, {"a": ["one", "two"], "b": ["x"]})
    anticipated.append(path, {"a": ["three"], "b": []})
    assert anticipated.read(path) == {"a": ["three"]}


def test_files_and_directories_are_private(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        path = str(tmp_path / "new" / "deep" / "anticipated.jsonl")
        anticipated.append(path, {"a": ["one"]})
    finally:
        os.umask(old)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(tmp_path / "new").st_mode) == 0o700


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"not json\n",
        b'{"key": 1, "queries": []}\n',
        b'{"key": "z", "queries": [1]}\n',
        b"[]\n",
        b"\xff\xfe\n",
        b'{"key": "z", "queries": ["\\ud800"]}\n',
        b'{"key": "z", "queries": ["a"], "model": "\\udfff"}\n',
        b'{"key": "z", "queries": ["a"], "file": {"a": 1}}\n',
    ],
)
def test_damaged_lines_are_skipped(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(junk + b'{"key": "k", "queries": ["q"]}\n' + junk + b'{"key": "cut", "quer')
    assert anticipated.read(str(path)) == {"k": ["q"]}


def test_an_unfinished_line_does_not_swallow_the_next(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"key": "k", "queries": ["q"]}\n{"key": "cut", "quer')
    anticipated.append(str(path), {"new": ["n"]})
    assert anticipated.read(str(path)) == {"k": ["q"], "new": ["n"]}


def test_outdated_lines_are_swept_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anticipated, "COMPACT_MIN", 5)
    path = tmp_path / "a.jsonl"
    for number in range(20):
        anticipated.append(str(path), {"k": [f"q{number}"]}, model="m")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(lines) <= 7
    assert lines[-1] == {"key": "k", "queries": ["q19"], "model": "m", "at": ""}
    assert os.listdir(tmp_path) == ["a.jsonl", "a.jsonl.lock"] or set(os.listdir(tmp_path)) == {
        "a.jsonl",
        "a.jsonl.lock",
    }


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text('{"key": "k", "queries": ["q"]}\n')
    link = tmp_path / "a.jsonl"
    link.symlink_to(target)
    assert anticipated.read(str(link)) == {}
    with pytest.raises(OSError, match=r"symbolic|Too many|ELOOP|levels"):
        anticipated.append(str(link), {"a": ["x"]})
    assert "a" not in target.read_text().replace("queries", "")


def _write(path: str, worker: int) -> None:
    for number in range(25):
        anticipated.append(path, {f"{worker}-{number}": [f"query {number}"]})


def test_writers_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    path = str(tmp_path / "a.jsonl")
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_write, args=(path, worker)) for worker in range(4)]
    for process in workers:
        process.start()
    for process in workers:
        process.join()
    assert [process.exitcode for process in workers] == [0] * 4
    assert len(anticipated.read(path)) == 100


def test_the_key_depends_on_what_is_said_alone() -> None:
    key = anticipated.content_key("d", "body\n")
    assert key == anticipated.content_key("d", "body")
    assert key != anticipated.content_key("d2", "body")
    assert key != anticipated.content_key("dbody", "")


TEXT = ("How releases go", "They run through the blue pipeline, with a gate that Ann opens on weekdays.")
REWRITTEN = "Lunch is soup and pasta on Fridays with a coffee that Maria makes after noon."


def _line(description: str, body: str) -> dict[str, Any]:
    kept = {"words": likeness.sketch(description, body), "parts": likeness.parts(description, body)}
    return {"key": "sha256:0", "queries": ["ship it"], "file": "a.md", **kept}


def test_small_edits_that_add_up_to_another_text_lose_the_queries(tmp_path: Path) -> None:
    path = str(tmp_path / "a.jsonl")
    anticipated.put(path, [_line(*TEXT)])
    old, new = TEXT[1].split(), REWRITTEN.split()
    served = []
    for step in range(0, len(old), 3):
        old[step : step + 3] = new[step : step + 3]
        text = (TEXT[0], " ".join(old))
        found = anticipated.followed(path, {"a.md": f"sha256:{step + 1}"}, lambda _, text=text: text)
        anticipated.put(path, list(found.values()))
        served.append(bool(found))
    assert served[0]
    assert not served[-1]


@pytest.mark.parametrize(
    ("description", "body", "follows"),
    [
        ("How releases go", TEXT[1].replace("blue pipeline", "red channel"), True),
        ("Where a release is made, and by whom", TEXT[1], True),
        ("How releases go here", TEXT[1].replace("blue", "red"), True),
        ("How lunches go", TEXT[1].replace("blue pipeline", "wide door").replace("gate", "lock"), False),
    ],
)
def test_an_edit_of_one_part_is_told_from_a_new_file_of_the_same_name(
    tmp_path: Path, description: str, body: str, follows: bool
) -> None:
    path = str(tmp_path / "a.jsonl")
    anticipated.put(path, [_line(*TEXT)])
    assert bool(anticipated.followed(path, {"a.md": "sha256:1"}, lambda _: (description, body))) is follows
