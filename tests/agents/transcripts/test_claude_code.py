import json
import random
from pathlib import Path

from memctl.agents.transcripts import lines, readers
from memctl.domain.transcript import Turn
from tests.agents.transcripts.conftest import Read, said
from tests.kit.sessions import claude_records


def put(path: Path, records: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(r) + "\n" for r in records))
    return path


def test_a_real_session_with_tools_and_resume(recorded: Path, read: Read) -> None:
    turns = read(recorded / "claude-tool-and-resume.jsonl")
    assert said(turns) == [
        "From now on, always run the tests with pytest -x before you commit. Then list the files here.",
        "Thanks. We decided to store dates in UTC.",
    ]
    assert [t.role for t in turns] == [
        "user",
        "assistant",
        "assistant",
        "tool",
        "assistant",
        "user",
        "assistant",
    ]
    assert all(t.at and t.id for t in turns)


def test_a_real_session_after_compaction_and_rewind(recorded: Path, read: Read) -> None:
    turns = read(recorded / "claude-compact-and-rewind.jsonl")
    assert said(turns) == [
        "Remember that the staging database is on port 5433.",
        "From now on, use tabs in Makefiles only.",
        "We agreed that deploys happen on Wednesdays.",
    ]
    assert not any("Mondays" in t.text or "What is the time" in t.text for t in turns), "the dead branch"


def test_what_hooks_put_into_a_real_session_is_no_turn_of_the_person(recorded: Path, read: Read) -> None:
    turns = read(recorded / "claude-compact-and-rewind.jsonl")
    assert not any(
        "deploy on Friday" in t.text or "never use yarn" in t.text for t in turns if t.origin == "person"
    )
    summary = [t for t in turns if "Primary Request" in t.text]
    assert [t.origin for t in summary] == ["injected"]
    assert [t.origin for t in turns if "force push" in t.text] == ["injected", "injected"]


def test_the_session_names_its_project(recorded: Path) -> None:
    (session,) = readers.open_file(str(recorded / "claude-tool-and-resume.jsonl"))
    assert (session.agent, session.project, session.id[:8]) == ("claude-code", "/home/dev/shop", "12c7d10f")


def test_file_order_is_not_time_order(tmp_path: Path, read: Read) -> None:
    trunk = claude_records([("user", "one"), ("assistant", "two")])
    dead = claude_records([("user", "dead")], parent=str(trunk[-1]["uuid"]), first=2)
    live = claude_records([("user", "live")], parent=str(trunk[-1]["uuid"]), first=3)
    for order in ([*trunk, *live, *dead], [*dead, *live, *trunk], [*live, *trunk, *dead]):
        assert said(read(put(tmp_path / "s.jsonl", order))) == ["one", "live"]


def test_a_rewind_without_a_new_prompt_is_seen_by_the_clients_own_note(tmp_path: Path, read: Read) -> None:
    records = claude_records(
        [("user", "kept"), ("assistant", "a"), ("user", "taken back"), ("assistant", "b")]
    )
    note = {"type": "last-prompt", "leafUuid": records[1]["uuid"], "explicit": True, "sessionId": "s"}
    assert said(read(put(tmp_path / "s.jsonl", [*records, note]))) == ["kept"]
    assert said(read(put(tmp_path / "t.jsonl", [note, *records]))) == ["kept", "taken back"], "an old note"


def test_compaction_keeps_what_was_said_before_it(tmp_path: Path, read: Read) -> None:
    before = claude_records([("user", "early"), ("assistant", "ok")])
    boundary = {
        "parentUuid": None, "logicalParentUuid": before[-1]["uuid"], "type": "system", "subtype": "compact_boundary",
        "uuid": "b", "timestamp": "2026-11-20T10:00:00.000Z", "isSidechain": False, "sessionId": "s",
    }  # fmt: skip
    summary = claude_records([("user", "Summary: always do x")], parent="b", first=70)
    summary[0]["isCompactSummary"] = True
    after = claude_records([("user", "late")], parent=str(summary[0]["uuid"]), first=80)
    assert said(read(put(tmp_path / "s.jsonl", [*before, boundary, *summary, *after]))) == ["early", "late"]


def test_sub_agents_and_meta_records_are_left_out(tmp_path: Path, read: Read) -> None:
    main = claude_records([("user", "real"), ("assistant", "ok")])
    side = claude_records([("user", "do the sub task")], parent=None, first=50)
    side[0]["isSidechain"] = True
    meta = claude_records([("user", "Caveat: ...")], parent=str(main[-1]["uuid"]), first=51)
    meta[0]["isMeta"] = True
    assert said(read(put(tmp_path / "s.jsonl", [*main, *side, *meta]))) == ["real"]


def test_a_sub_agents_own_file_holds_nothing_that_a_person_said(tmp_path: Path, read: Read) -> None:
    side = claude_records([("user", "always do as I say"), ("assistant", "ok")])
    for record in side:
        record["isSidechain"] = True
    turns = read(put(tmp_path / "s.jsonl", side))
    assert [t.sidechain for t in turns] == [True, True]
    assert said(turns) == []


def test_a_prompt_typed_while_the_agent_worked(tmp_path: Path, read: Read) -> None:
    main = claude_records([("user", "go"), ("assistant", "working")])
    queued = {
        "parentUuid": main[-1]["uuid"], "type": "attachment", "uuid": "q", "timestamp": "2026-11-20T09:30:00.000Z",
        "isSidechain": False, "attachment": {"type": "queued_command", "prompt": "also never use sudo", "commandMode": "prompt"},
    }  # fmt: skip
    after = claude_records([("assistant", "ok")], parent="q", first=40)
    assert said(read(put(tmp_path / "s.jsonl", [*main, queued, *after]))) == ["go", "also never use sudo"]


def test_a_forged_mark_does_not_hide_what_a_person_typed(tmp_path: Path, read: Read) -> None:
    texts = [
        "why <system-reminder> here? use pnpm",
        "<bash-stdout>x</bash-stdout> and use tabs",
        "<command-name>a</command-name> real words",
    ]
    turns = read(put(tmp_path / "s.jsonl", claude_records([("user", t) for t in texts])))
    assert [text.strip() for text in said(turns)] == [texts[0], "and use tabs", "real words"]


def test_a_block_that_is_a_reminder_as_a_whole_is_injected(tmp_path: Path, read: Read) -> None:
    records = claude_records([("user", "x")])
    reminder = {"type": "text", "text": "<system-reminder>\nalways use yarn\n</system-reminder>"}
    records[0]["message"] = {"role": "user", "content": [reminder, {"type": "text", "text": "hello"}]}
    assert said(read(put(tmp_path / "s.jsonl", records))) == ["hello"]


def test_damage_loses_only_what_is_damaged(tmp_path: Path, read: Read) -> None:
    records = claude_records([("user", f"turn {n}") for n in range(6)])
    raw = [json.dumps(r).encode() for r in records]
    raw[2] = raw[2][:90]  # a line that was cut
    raw.insert(4, b"\x00\xff\xfe garbage \x80")
    raw.insert(0, b"[1, 2")
    path = tmp_path / "s.jsonl"
    path.write_bytes(b"\n".join(raw) + b'\n{"type": "user", "uuid": "half')
    assert said(read(path)) == ["turn 0", "turn 1", "turn 3", "turn 4", "turn 5"]


def test_parents_in_a_circle_end(tmp_path: Path, read: Read) -> None:
    records = claude_records([("user", "a"), ("user", "b")])
    records[0]["parentUuid"] = records[1]["uuid"]
    assert said(read(put(tmp_path / "s.jsonl", records))) == ["a", "b"]


def test_a_line_over_the_limit_does_not_break_the_chain(
    tmp_path: Path, read: Read, monkeypatch: object
) -> None:
    records = claude_records([("user", "before"), ("tool", "x" * 300_000), ("user", "after")])
    monkeypatch.setattr(lines, "LINE_MAX", 200_000)  # type: ignore[attr-defined]
    path = tmp_path / "s.jsonl"
    path.write_text("".join(json.dumps(r, separators=(",", ":")) + "\n" for r in records))
    assert said(read(path)) == ["before", "after"]


def test_ids_do_not_change_when_the_file_grows(tmp_path: Path, read: Read) -> None:
    records = claude_records([("user", f"turn {n}") for n in range(5)])
    first = read(put(tmp_path / "s.jsonl", records[:3]))
    second = read(put(tmp_path / "s.jsonl", records))
    assert [t.id for t in second[:3]] == [t.id for t in first]


def test_shuffled_lines_give_the_same_conversation(tmp_path: Path, read: Read) -> None:
    records = claude_records([("user", f"turn {n}") for n in range(30)])
    expected = [r["uuid"] for r in records]
    for seed in range(5):
        shuffled = records[:]
        random.Random(seed).shuffle(shuffled)
        turns: list[Turn] = read(put(tmp_path / "s.jsonl", shuffled))
        assert [t.id for t in turns] == expected
