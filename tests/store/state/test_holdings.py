"""What of the state goes into a backup and comes back."""

from pathlib import Path

from memctl import places
from memctl.domain.transcript import Session
from memctl.store.state import holdings
from memctl.store.state.session_memories import SessionMemory
from memctl.store.state.sessions import SessionStates


def memory(directory: Path, *texts: str) -> SessionMemory:
    directory.mkdir(exist_ok=True)
    made = SessionMemory(SessionStates(str(directory)), Session("claude-code", "s1", "/w/s1.jsonl"))
    places.make_private(made.folder)
    for text in texts:
        made.write(text)
    return made


def test_the_memory_of_a_session_comes_back_with_its_versions(tmp_path: Path) -> None:
    made = memory(tmp_path / "one", "first", "second", "a person's line")
    made.note({"lines": ["x"]})
    Path(made.folder, "gathered.json").write_text("{}")
    held = dict(holdings.held(str(tmp_path / "one")))
    assert len(held) == 4, "what is derived stays out"
    back = memory(tmp_path / "two")
    holdings.put_back(str(tmp_path / "two"), held.items(), 0.0)
    assert (back.text(), back.about()) == ("a person's line", {"lines": ["x"]})
    assert back.undo()
    assert back.text() == "second"
    there = memory(tmp_path / "three", "mine")
    outside = {"sessions/../../x/summary.md": b"x", "sessions/" + "a" * 24 + "/versions/../../x": b"x"}
    holdings.put_back(str(tmp_path / "three"), (held | outside).items(), 0.0)
    assert there.text() == "mine"
    assert not there.undo(), "versions of another text are not mixed in"
    assert not list(tmp_path.rglob("x"))
