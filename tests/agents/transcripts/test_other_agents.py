import json
import sqlite3
from pathlib import Path

from memctl.agents.transcripts import readers
from tests.agents.transcripts.conftest import Read, said


def put(path: Path, records: list[object]) -> Path:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    return path


def test_a_real_codex_rollout(recorded: Path, read: Read) -> None:
    turns = read(recorded / "codex-rollout.jsonl")
    assert said(turns) == [
        "From now on, use ruff instead of flake8. Then list the files.",
        "Remember: the API key rotates every 90 days, ask Priya.",
    ]
    assert not any("Never use sudo" in t.text for t in turns if t.origin != "injected"), (
        "AGENTS.md is no turn"
    )
    assert any(t.role == "tool" and "AGENTS.md" in t.text for t in turns)


def codex(*payloads: dict[str, object]) -> list[object]:
    meta = {"type": "session_meta", "timestamp": "2026-01-01T00:00:00Z", "payload": {"id": "c", "cwd": "/p"}}
    kinds = ("message", "function_call", "function_call_output")
    return [
        meta,
        *({"type": "response_item" if p["type"] in kinds else "event_msg", "payload": p} for p in payloads),
    ]


def message(role: str, text: str) -> dict[str, object]:
    return {"type": "message", "role": role, "content": [{"type": "input_text", "text": text}]}


def test_codex_before_the_clean_events(tmp_path: Path, read: Read) -> None:
    records = codex(
        message("user", "<environment_context>x</environment_context>"),
        message("user", "hello"),
        message("assistant", "hi"),
    )
    assert said(read(put(tmp_path / "r.jsonl", records))) == ["hello"]


def test_codex_says_each_message_once(tmp_path: Path, read: Read) -> None:
    records = codex(
        message("user", "hello"), {"type": "user_message", "message": "hello"}, message("assistant", "hi")
    )
    assert said(read(put(tmp_path / "r.jsonl", records))) == ["hello"]


def test_codex_rollback_takes_turns_back(tmp_path: Path, read: Read) -> None:
    events = [{"type": "user_message", "message": f"m{n}"} for n in range(4)]
    records = codex(*events[:3], {"type": "thread_rolled_back", "num_turns": 2}, events[3])
    assert said(read(put(tmp_path / "r.jsonl", records))) == ["m0", "m3"]


def test_a_real_gemini_session_with_resume(recorded: Path, read: Read) -> None:
    turns = read(recorded / "gemini-resume.jsonl")
    assert said(turns) == [
        "Always answer in French in this project. Then list the files.",
        "不要再用 npm,以后都用 pnpm。",
    ]
    assert len({(t.id, t.role, t.text) for t in turns}) == len(turns), "the replayed history is there once"


def test_gemini_rewind(tmp_path: Path, read: Read) -> None:
    start = {"sessionId": "g", "projectHash": "0", "startTime": "2026-01-01T00:00:00Z"}
    said_ = [{"id": f"m{n}", "type": "user", "content": [{"text": f"t{n}"}]} for n in range(4)]
    path = put(tmp_path / "g.jsonl", [start, *said_[:3], {"$rewindTo": "m1"}, said_[3]])
    assert said(read(path)) == ["t0", "t3"]
    assert said(read(put(path, [start, *said_[:3], {"$rewindTo": "unknown"}, said_[3]]))) == ["t3"]


def test_gemini_messages_are_replaced_by_set(tmp_path: Path, read: Read) -> None:
    start = {"sessionId": "g", "projectHash": "0"}
    old = {"id": "a", "type": "user", "content": "old"}
    new = [{"id": "b", "type": "user", "content": "new"}, {"id": "c", "type": "gemini", "content": "ok"}]
    later = {"id": "b", "type": "user", "content": "newer"}
    path = put(tmp_path / "g.jsonl", [start, old, {"$set": {"messages": new}}, later])
    assert said(read(path)) == ["newer"]


def test_gemini_single_document_form(tmp_path: Path, read: Read) -> None:
    messages = [
        {"id": str(n), "type": "user" if n % 2 == 0 else "gemini", "content": f"t{n}" + "x" * 3000}
        for n in range(400)
    ]
    path = tmp_path / "session-1.json"
    path.write_text(
        json.dumps(
            {
                "sessionId": "old",
                "projectHash": "0",
                "startTime": "2025-01-01T00:00:00Z",
                "messages": messages,
            }
        )
    )
    (session,) = readers.open_file(str(path))
    assert (session.id, session.started) == ("old", "2025-01-01T00:00:00Z")
    assert [t[:2] for t in said(read(path))] == [f"t{n}"[:2] for n in range(0, 400, 2)]
    path.write_bytes(path.read_bytes()[:-5000])
    assert len(said(read(path))) in (198, 199), "a cut document gives what stands before the cut"


def test_a_real_opencode_database(recorded: Path, tmp_path: Path, read: Read) -> None:
    path = tmp_path / "opencode.db"
    with sqlite3.connect(path) as db:
        db.executescript((recorded / "opencode.sql").read_text(encoding="utf-8"))
    before = sorted(p.name for p in tmp_path.iterdir())
    assert said(read(path)) == [
        "From now on, name migrations with a timestamp prefix.",
        "Please don't ever touch the vendor directory again.",
    ]
    assert sorted(p.name for p in tmp_path.iterdir()) == before, "nothing is made beside the database"


def test_opencode_reads_what_is_only_in_the_write_ahead_log(
    recorded: Path, tmp_path: Path, read: Read
) -> None:
    path = tmp_path / "opencode.db"
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode=WAL")
    db.executescript((recorded / "opencode.sql").read_text(encoding="utf-8"))
    assert (tmp_path / "opencode.db-wal").stat().st_size > 0
    assert len(said(read(path))) == 2
    db.close()


def test_opencode_revert(recorded: Path, tmp_path: Path, read: Read) -> None:
    path = tmp_path / "opencode.db"
    with sqlite3.connect(path) as db:
        db.executescript((recorded / "opencode.sql").read_text(encoding="utf-8"))
        third = db.execute("SELECT id FROM message ORDER BY time_created").fetchall()[2][0]
        db.execute("UPDATE session SET revert=?", (json.dumps({"messageID": third}),))
    assert said(read(path)) == ["From now on, name migrations with a timestamp prefix."]


def test_cursor_takes_the_query_only(tmp_path: Path, read: Read) -> None:
    text = "<open_file>always do x</open_file>\n<user_query>\nuse tabs\n</user_query>"
    records: list[object] = [
        {"role": "user", "message": {"content": [{"type": "text", "text": text}]}},
        {"role": "assistant", "message": {"content": [{"type": "text", "text": "ok"}]}},
    ]
    turns = read(put(tmp_path / "c.jsonl", records))
    assert said(turns) == ["use tabs"]
    assert [t.origin for t in turns] == ["injected", "person", "agent"]


def test_specstory(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "2026.md"
    path.write_text(
        "<!-- Generated by SpecStory, Markdown v2.1.0 -->\n\n<!-- Claude Code Session 5b0c1111-aaaa (2026-11-20 09:00:00Z) -->\n\n"
        "_**User (2026-11-20 09:00:01Z)**_\n\nuse tabs\n\n```\n_**User**_\nnot me\n```\n\n---\n\n_**Agent (claude)**_\n\nok\n\n---\n"
    )
    (session,) = readers.open_file(str(path))
    assert (session.agent, session.id) == ("specstory", "5b0c1111-aaaa")
    turns = read(path)
    assert [t.role for t in turns] == ["user", "assistant"]
    assert turns[0].text.startswith("use tabs")
    assert "not me" in turns[0].text
    assert turns[0].at == "2026-11-20T09:00:01Z"


def test_role_prefixes_in_text(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "chat.txt"
    path.write_text(
        "a title\nUser: one\nstill one\n\nAssistant: two\n\n**Human:** three\n\n## Assistant\nfour\n\n### User\nfive\n\nTool: six\n用户:七\n助手:八\n"
    )
    turns = read(path)
    assert said(turns) == ["one\nstill one", "three", "five", "七"]
    assert [t.role for t in turns] == [
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
        "tool",
        "user",
        "assistant",
    ]


def test_words_that_only_look_like_a_prefix(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "chat.txt"
    path.write_text("User: what about\nme\nI think user: is a column\nuser_id: 5\nAssistant: ok\n")
    assert said(read(path)) == ["what about\nme\nI think user: is a column\nuser_id: 5"]


def test_bare_messages(tmp_path: Path, read: Read) -> None:
    answer = {"role": "assistant", "content": [{"type": "text", "text": "ok"}]}
    assert said(read(put(tmp_path / "m.jsonl", [{"role": "user", "content": "use tabs"}, answer]))) == [
        "use tabs"
    ]


def test_times_before_the_speaker(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "chat.txt"
    path.write_text("[2026-11-20 10:00] User: one\n[2026-11-20 10:01] Assistant: two\n")
    assert [t.role for t in read(path)] == ["user", "assistant"]
