import hashlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memctl.agents.transcripts import readers
from memctl.errors import MemctlError, NotFound
from memctl.store.state.resolve import slug
from tests.kit.sessions import RENDER, write

TURNS = [("user", "From now on use tabs."), ("assistant", "ok"), ("user", "thanks")]


@pytest.mark.parametrize("form", RENDER)
def test_each_format_is_detected(form: str, tmp_path: Path) -> None:
    (session,) = readers.open_file(str(write(TURNS, form, tmp_path)))
    assert session.agent == form
    assert [t.text for t in readers.turns(session) if t.origin == "person"] == [
        "From now on use tabs.",
        "thanks",
    ]


@pytest.mark.parametrize("form", RENDER)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_damaged_files_never_crash_a_reader(form: str, tmp_path: Path, data: st.DataObject) -> None:
    raw = bytearray(write(TURNS, form, tmp_path).read_bytes())
    for _ in range(data.draw(st.integers(0, 12))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    path = tmp_path / f"damaged{os.path.splitext(write(TURNS, form, tmp_path))[1]}"
    path.write_bytes(
        bytes(raw) + data.draw(st.sampled_from([b"", b"\n{", b"\x00\xff", b'{"uuid": 5}\n[[[[']))
    )
    try:
        for session in readers.open_file(str(path)):
            assert all(isinstance(t.text, str) for t in readers.turns(session))
    except MemctlError:
        pass


ODD = [
    [], None, 5, "x", {}, {"type": "user"}, {"type": "user", "uuid": "u", "message": 5}, {"uuid": {}, "parentUuid": []},
    {"type": "user", "uuid": "v", "message": {"content": {"a": 1}}}, {"type": "user", "uuid": "w", "message": {"content": [None, 5, {"type": "text"}]}},
    {"type": "event_msg", "payload": []}, {"type": "response_item", "payload": {"type": "message", "content": 5}},
    {"$set": {"messages": 5}}, {"$set": 5}, {"$rewindTo": 5}, {"id": 5, "type": "user"}, {"role": "user", "message": []},
    {"type": "attachment", "uuid": "x", "attachment": 5}, {"type": "last-prompt", "leafUuid": 5}, {"type": "user", "uuid": "\ud800"},
]  # fmt: skip


@pytest.mark.parametrize("form", ["claude-code", "codex", "gemini", "cursor"])
def test_records_of_unknown_shape_are_passed_over(form: str, tmp_path: Path) -> None:
    path = write(TURNS, form, tmp_path)
    path.write_text(path.read_text() + "".join(json.dumps(o) + "\n" for o in ODD))
    (session,) = readers.open_file(str(path))
    assert "From now on use tabs." in [t.text for t in readers.turns(session)]


def test_what_is_no_transcript(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        readers.open_file(str(tmp_path / "missing"))
    (tmp_path / "binary").write_bytes(b"\x00\x01" * 100)
    with pytest.raises(MemctlError):
        readers.open_file(str(tmp_path / "binary"))
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(MemctlError):
        readers.open_file(str(tmp_path / "fifo"))
    with pytest.raises(MemctlError):
        readers.open_file(str(tmp_path))


def test_an_empty_file_holds_no_turn(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (session,) = readers.open_file(str(tmp_path / "empty"))
    assert list(readers.turns(session)) == []


def test_a_stream_is_known_again_when_it_grew() -> None:
    ids = []
    for text in (b"User: one\n", b"User: one\nAssistant: two\nUser: three\n"):
        with readers.spooled(io.BytesIO(text)) as path:
            (session,) = readers.from_stream(path)
            ids.append(session.id)
            assert (os.stat(path).st_mode & 0o777) == 0o600
        assert not os.path.exists(path)
    assert ids[0] == ids[1]


def test_the_sessions_of_a_project_are_found_by_agent(tmp_path: Path) -> None:
    root, home = tmp_path / "shop", tmp_path / "home"
    (root / ".git").mkdir(parents=True)

    def place(form: str, folder: str, name: str, cwd: Path = root) -> None:
        (home / folder).mkdir(parents=True, exist_ok=True)
        path = write(TURNS, form, home / folder, name)
        path.write_text(path.read_text().replace("/home/dev/shop", str(cwd)))

    projects = f".claude/projects/{slug(str(root))}"
    place("claude-code", projects, "c1")
    place("claude-code", projects + "-sub", "c2", root / "sub")
    place("claude-code", projects + "-other", "c3", tmp_path / "shop-other")  # another project of a like name
    place("codex", ".codex/sessions/2026/11/20", "rollout-x")
    place("codex", ".codex/sessions/2026/11/20", "rollout-y", tmp_path / "elsewhere")
    hashed = hashlib.sha256(str(root).encode()).hexdigest()
    place("gemini", f".gemini/tmp/{hashed}/chats", "session-1")
    place("gemini", ".gemini/tmp/other/chats", "session-2")
    place(
        "cursor", ".cursor/projects/" + str(root).strip("/").replace("/", "-") + "/agent-transcripts/u", "u"
    )
    (root / ".specstory" / "history").mkdir(parents=True)
    write(TURNS, "specstory", root / ".specstory" / "history", "2026")
    found = [
        (s.agent, os.path.splitext(os.path.basename(s.path))[0])
        for s in readers.sessions(str(root), str(home))
    ]
    assert found == [
        ("codex", "rollout-x"), ("gemini", "session-1"), ("claude-code", "c1"), ("claude-code", "c2"),
        ("cursor", "u"), ("specstory", "2026"),
    ]  # fmt: skip


def _projects_beside(src: Path) -> None:
    """A repository `tally` with a linked worktree, and a folder `notes` outside git."""
    record = src / "tally" / ".git" / "worktrees" / "linked"
    for folder in (record, src / "tally" / "sub", src / "linked", src / "notes"):
        folder.mkdir(parents=True)
    (record / "commondir").write_text("../..\n")
    (record / "gitdir").write_text(f"{src / 'linked' / '.git'}\n")
    (src / "linked" / ".git").write_text(f"gitdir: {record}\n")


def _recorded(form: str, cwd: Path, home: Path) -> None:
    key = str(cwd).strip("/").replace("/", "-")
    folder, name = {
        "claude-code": (f".claude/projects/{slug(str(cwd))}", cwd.name),
        "codex": (".codex/sessions/2026/11/20", f"rollout-{cwd.name}"),
        "gemini": (f".gemini/tmp/{cwd.name}/chats", cwd.name),
        "cursor": (f".cursor/projects/{key}/agent-transcripts/u", cwd.name),
    }[form]
    (home / folder).mkdir(parents=True)
    path = write(TURNS, form, home / folder, name)
    path.write_text(path.read_text().replace("/home/dev/shop", str(cwd)))
    if form == "gemini":
        (path.parent.parent / ".project_root").write_text(str(cwd))


@pytest.mark.parametrize("form", ["claude-code", "codex", "gemini", "cursor"])
@pytest.mark.parametrize(
    ("at", "root", "found"),
    [
        ("tally", ".", False),  # a folder above a project is another one
        ("notes", ".", False),  # and outside git each working directory is its own
        ("notes", "notes", True),
        ("linked", ".", False),
        ("linked", "tally", True),
        ("tally", "tally", True),
        ("tally/sub", "tally", True),
        ("tally/gone", "tally", True),
        ("gone", ".", False),
        ("gone", "gone", True),
        ("tally/nested", "tally", False),  # gone, but known as a project of its own
        ("tally/nested/deep", "tally", False),
        ("tally/nested/deep", "tally/nested", True),
    ],
)
def test_a_session_belongs_to_the_project_whose_memory_it_has(
    form: str, at: str, root: str, found: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMCTL_STATE_DIR", str(tmp_path / "state"))
    src, home = tmp_path / "src", tmp_path / "home"
    _projects_beside(src)
    record = tmp_path / "state" / "stores" / "nested-1" / "project"
    record.parent.mkdir(parents=True)
    record.write_text(f"directory /m\nroot {src / 'tally' / 'nested'}\n")
    _recorded(form, src / at, home)
    exact = form == "cursor" and len(at.split("/")) > len(root.split("/"))  # it names no folder in a project
    listed = readers.sessions(os.path.normpath(src / root), str(home))
    assert bool(listed) == (found and not exact)


def test_a_session_that_does_not_say_where_is_of_the_folder_named_after_the_project_alone(
    tmp_path: Path,
) -> None:
    for folder in (tmp_path / "src", tmp_path / "src" / "tally"):
        (folder / ".git").mkdir(parents=True)
        kept = tmp_path / "home" / ".claude" / "projects" / slug(str(folder))
        kept.mkdir(parents=True)
        path = write(TURNS, "claude-code", kept, folder.name)
        path.write_text(path.read_text().replace('"cwd"', '"none"'))
    listed = readers.sessions(str(tmp_path / "src"), str(tmp_path / "home"))
    assert [os.path.basename(s.path) for s in listed] == ["src.jsonl"]


PEAK = """
import sys
from memctl.agents.transcripts import readers
(session,) = readers.open_file(sys.argv[1])
count = sum(1 for _ in readers.turns(session))
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(count, peak)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="the peak is read from Linux's /proc")
@pytest.mark.parametrize("form", ["claude-code", "codex", "gemini", "text"])
def test_memory_does_not_grow_with_the_file(form: str, tmp_path: Path) -> None:
    peaks = []
    for count in (500, 8000):
        turns = [(("user", "assistant", "tool")[n % 3], f"turn {n} " + "word " * 300) for n in range(count)]
        path = write(turns, form, tmp_path, f"s{count}")
        done = subprocess.run(
            [sys.executable, "-c", PEAK, str(path)], capture_output=True, text=True, check=True
        )
        turns_read, peak = map(int, done.stdout.split())
        assert turns_read >= count * 2 // 3
        peaks.append(peak)
    assert peaks[1] - peaks[0] < 6 * 1024, f"{peaks} KiB: 12 MB more of file took more than 6 MiB"
