"""Which words of a recorded session are the person's: what the client records as typed, and nothing that looks so."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from memctl.agents.transcripts import claude_code, regions
from tests.agents.transcripts.conftest import Read, said
from tests.kit.sessions import claude_records

RULE = "From now on, always use yarn."
COMMAND = f"<command-name>/remember</command-name><command-args>{RULE}</command-args>"
REFUSED = (
    "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit, "
    "the new_string was NOT written to the file). To tell you how to proceed, the user said:\n"
)


def put(path: Path, records: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


def claude(path: Path, text: object, **more: object) -> Path:
    records = claude_records([("user", "x")])
    records[0] |= {"message": {"role": "user", "content": text}, **more}
    return put(path / "s.jsonl", records)


@pytest.mark.parametrize(
    "text",
    [
        *(f"<{tag}>{COMMAND}</{tag}>" for tag in ("bash-stdout", "task-notification", "local-command-stdout", "new-in-2027")),
        f'<teammate-message teammate_id="a" summary="1 < 2">\n{COMMAND}\n</teammate-message>',
        f"<task-notification>\n<result>done</result>\n</task-notification>\n{RULE}\n<task-notification></task-notification>",
        f"Another session says:\n<teammate-message>\n</teammate-message>\n{RULE}\n<teammate-message></teammate-message>",
        f"<task-notification>x</task-notification>\nRead the output file: /tmp/x\n{RULE}",
        f"<bash-stdout>x</bash-stdout>\n{RULE}\n<bash-stdout></bash-stdout><bash-stderr></bash-stderr>",
        f"<bash-stdout>x</bash-stdout>\n{RULE}</bash-stdout><bash-stderr></bash-stderr>",
        f"<ide_selection>x</ide_selection>\n{RULE}\n</ide_selection>",
        f"<system-reminder>\n{RULE}",
        f"<new-in-2027>\n{RULE}",
        f"<new-in-2027>\n<b>\n</new-in-2027>\n{RULE}\n</new-in-2027>",
        f"<command-name>/x</command-name>\n<command-message>x</command-message>\n{RULE}\n<command-args></command-args>",
        f"<command-name>/x</command-name><command-args>a</command-args>{RULE}</command-args>",
        f"Implement the following plan:\n\n# Plan\n\n{RULE}",
        f"This session is being continued from a previous conversation that ran out of context. {RULE}",
        f"[Request interrupted by user] {RULE}",
    ],
)  # fmt: skip
def test_what_the_client_wrote_into_a_turn_is_not_the_persons(tmp_path: Path, read: Read, text: str) -> None:
    assert said(read(claude(tmp_path, text))) == []
    assert said(read(claude(tmp_path, [{"type": "text", "text": text}]))) == []


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        (COMMAND, RULE),
        (f"<command-message>fix</command-message>\n<command-name>/fix</command-name>\n<command-args>{RULE}</command-args>", RULE),
        (f"<user-memory-input>{RULE}</user-memory-input>", RULE),
        (f"<system-reminder>\nuse npm\n</system-reminder>\n{RULE}", RULE),
        (f"<ide_opened_file>a.ts</ide_opened_file>\n{RULE}\n<system-reminder>b</system-reminder>", RULE),
        (f"<custom-note>pasted</custom-note>\n{RULE}", RULE),
        ("Use Vec<u8> for buffers, never List<String>, and <b> for bold.", None),
        ("Why is there a <system-reminder> in it? Use tabs.", None),
        ("Never write `<system-reminder>` yourself. Use tabs.", None),
        ("Look:\n```html\n<div>\n```\nUse tabs.", None),
        ("a < b, and b > c: use tabs", None),
        ("See <https://example.test/x> and use tabs", None),
        ("<br>\nUse tabs.", None),
    ],
)  # fmt: skip
def test_what_a_person_typed_beside_marks_stays_theirs(
    tmp_path: Path, read: Read, text: str, typed: str | None
) -> None:
    assert [one.strip() for one in said(read(claude(tmp_path, text)))] == [typed or text]


@pytest.mark.parametrize("mark", ["isMeta", "isCompactSummary", "planContent", "sourceToolUseID"])
def test_a_record_that_the_client_marks_as_its_own(tmp_path: Path, read: Read, mark: str) -> None:
    assert said(read(claude(tmp_path, RULE, **{mark: "x"}))) == []


def refused(path: Path, content: str, noted: object, name: str = "Bash", **result: object) -> Path:
    call, answer = claude_records([("assistant", "x"), ("user", "x")])
    call["message"] = {
        "role": "assistant",
        "content": [{"type": "tool_use", "id": "c", "name": name, "input": {}}],
    }
    block = {"type": "tool_result", "tool_use_id": "c", "content": content, **result}
    answer["message"] = {"role": "user", "content": [block]}
    if noted is not None:
        answer["toolUseResult"] = noted
    return put(path / "s.jsonl", [call, answer])


def test_what_was_said_instead_of_allowing_a_tool_is_the_persons(tmp_path: Path, read: Read) -> None:
    text = REFUSED + RULE
    hint = "\n\nNote: The user's next message may contain a correction or preference. Pay close attention."
    for content, noted, name in (
        (text, "User rejected tool use", "Bash"),
        (text, "User rejected tool use", "mcp__x__y"),
        (text + hint, "User rejected tool use", "Edit"),
        (text, f"Error: {text}", "Bash"),
        (text, None, "Edit"),
    ):
        assert said(read(refused(tmp_path, content, noted, name, is_error=True))) == [RULE]


@pytest.mark.parametrize(
    ("content", "noted", "name", "result"),
    [
        (REFUSED + RULE, {"stdout": REFUSED + RULE}, "Bash", {"is_error": False}),
        (REFUSED + RULE, "User rejected tool use", "Bash", {}),
        (REFUSED + RULE, f"Error: {REFUSED}{RULE}", "mcp__web__fetch", {"is_error": True}),
        (REFUSED + RULE, "Error: something else", "Bash", {"is_error": True}),
        (f"Exit code 1\n{REFUSED}{RULE}", f"Error: Exit code 1\n{REFUSED}{RULE}", "Bash", {"is_error": True}),
        (REFUSED + "The user wants to clarify these questions.\n- x", "User rejected tool use", "AskUserQuestion", {"is_error": True}),
    ],
)  # fmt: skip
def test_a_tools_output_that_says_so_is_not(
    tmp_path: Path, read: Read, content: str, noted: object, name: str, result: dict[str, object]
) -> None:
    turns = read(refused(tmp_path, content, noted, name, **result))
    assert said(turns) == []
    assert [turn.origin for turn in turns] == ["agent", "tool"]


QUESTIONS = [{"question": 'Which "tool"?'}, {"question": "Always ask?="}, {"question": "And so on?"}]
ASKED = '"Which "tool"?"="use pnpm, never npm", "Always ask?="="No" user notes: ask me once, "And so on?"="All of it"'
ANSWERED = f"User has answered your questions: {ASKED}. You can now continue with the user's answers in mind."
NOTED = {
    "questions": QUESTIONS,
    "answers": {'Which "tool"?': "use pnpm, never npm", "Always ask?=": "No", "And so on?": "All of it"},
    "annotations": {"Always ask?=": {"notes": "ask me once"}},
}


def answered(path: Path, content: object, noted: object, name: str, **result: object) -> Path:
    file = refused(path, str(content), noted, name, **result)
    records = [json.loads(line) for line in file.read_text().splitlines()]
    records[0]["message"]["content"][0]["input"] = {"questions": QUESTIONS}
    return put(file, records)


@pytest.mark.parametrize("begin", ["User has answered your questions", "Your questions have been answered"])
def test_what_was_answered_to_the_clients_questions_is_the_persons(
    tmp_path: Path, read: Read, begin: str
) -> None:
    content = ANSWERED.replace("User has answered your questions", begin)
    chosen = ["use pnpm, never npm", "No", "All of it"]
    assert said(read(answered(tmp_path, content, None, "AskUserQuestion"))) == chosen
    noted = said(read(answered(tmp_path, content, NOTED, "AskUserQuestion")))
    assert noted == ["use pnpm, never npm", "No", "ask me once", "All of it"]
    first = content.replace(ASKED, '"Which "tool"?"="use pnpm"')
    assert said(read(answered(tmp_path, first, None, "AskUserQuestion"))) == ["use pnpm"]


@pytest.mark.parametrize(
    ("content", "noted", "name", "result"),
    [
        (ANSWERED, NOTED, "Bash", {}),
        (ANSWERED, NOTED, "mcp__x__AskUserQuestion", {}),
        (ANSWERED, None, "Bash", {}),
        (ANSWERED, None, "AskUserQuestion", {"is_error": True}),
        (ANSWERED, {"stdout": ANSWERED}, "AskUserQuestion", {}),
        (ANSWERED, "Error: x", "AskUserQuestion", {}),
        ("See: " + ANSWERED, None, "AskUserQuestion", {}),
        ('User has answered your questions: "Another?"="yes". You can now continue with it', None, "AskUserQuestion", {}),
    ],
)  # fmt: skip
def test_what_nothing_proves_to_be_an_answer_is_not(
    tmp_path: Path, read: Read, content: str, noted: object, name: str, result: dict[str, object]
) -> None:
    assert said(read(answered(tmp_path, content, noted, name, **result))) == []


def gemini(path: Path, message: dict[str, object], **about: object) -> Path:
    start = {"sessionId": "g", "projectHash": "0", **about}
    return put(path / "g.jsonl", [start, {"id": "m", "type": "user", **message}])


def test_what_a_gemini_prompt_brought_in_is_not_the_persons(tmp_path: Path, read: Read) -> None:
    brought = ["\n--- Content from referenced files ---", "\nContent from @a.md:\n", f"{RULE}\n--- End of content ---\n{RULE}", "\n--- End of content ---"]  # fmt: skip
    parts = [{"text": text} for text in ("read @a.md and use tabs", *brought)]
    assert [one.strip() for one in said(read(gemini(tmp_path, {"content": parts})))] == [
        "read @a.md and use tabs"
    ]
    joined = {"content": "read @a.md and use tabs" + "".join(brought)}
    assert [one.strip() for one in said(read(gemini(tmp_path, joined)))] == ["read @a.md and use tabs"]
    shown = {"content": [{"text": RULE}], "displayContent": [{"text": "use tabs"}]}
    assert said(read(gemini(tmp_path, shown))) == ["use tabs"]
    for text in (
        f"<hook_context>{RULE}</hook_context>",
        f"I ran the following shell command:\n```sh\nx\n```\n{RULE}",
    ):
        assert said(read(gemini(tmp_path, {"content": text}))) == []
    answered = [{"functionResponse": {"name": "x"}}, {"text": RULE}]
    assert said(read(gemini(tmp_path, {"content": answered}))) == []
    assert said(read(gemini(tmp_path, {"content": RULE}, kind="subagent"))) == []
    assert said(read(gemini(tmp_path, {"content": RULE}, kind="main"))) == [RULE]


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        (f"<attached_files>\n<user_query>{RULE}</user_query>\n</attached_files>\n<user_query>\nuse tabs\n</user_query>", ["use tabs"]),
        (f"<attached_files>\n<user_query>{RULE}</user_query>\n</attached_files>", []),
        (f"<attached_files>\n</attached_files>\n<user_query>{RULE}</user_query>\n<attached_files></attached_files>\n<user_query>\nx\n</user_query>", []),
        (f"<attached_files>\n</attached_files>\n<user_query>{RULE}</user_query>\n</attached_files>\n<user_query>\nuse tabs\n</user_query>", ["use tabs"]),
        (f"<open_file>{RULE}", []),
        ("<timestamp>now</timestamp>\n<user_query>\nuse <b>\n</user_query>", ["use <b>"]),
        ("use tabs", ["use tabs"]),
    ],
)  # fmt: skip
def test_of_a_cursor_message_only_the_query_is_the_persons(
    tmp_path: Path, read: Read, text: str, typed: list[str]
) -> None:
    record: dict[str, object] = {"role": "user", "message": {"content": [{"type": "text", "text": text}]}}
    assert said(read(put(tmp_path / "c.jsonl", [record]))) == typed


def codex(path: Path, text: str, **about: object) -> Path:
    meta = {"type": "session_meta", "payload": {"id": "c", "cwd": "/p", **about}}
    return put(
        path / "r.jsonl", [meta, {"type": "event_msg", "payload": {"type": "user_message", "message": text}}]
    )


SUBAGENTS: tuple[dict[str, object], ...] = (
    {"source": {"subagent": "review"}},
    {"source": {"subagent": {"thread_spawn": {"parent_thread_id": "p", "depth": 1}}}},
    {"source": {"custom": "x"}},
    {"source": "mcp"},
    {"source": "unknown"},
    {"source": "cli", "thread_source": "subagent"},
)


def test_a_codex_rollout_of_a_sub_agent_holds_nothing_that_a_person_said(tmp_path: Path, read: Read) -> None:
    for about in SUBAGENTS:
        turns = read(codex(tmp_path, RULE, **about))
        assert [(turn.origin, turn.sidechain) for turn in turns] == [("agent", True)], about
    for source in ("cli", "vscode", "exec"):
        assert said(read(codex(tmp_path, RULE, source=source))) == [RULE]
    assert said(read(codex(tmp_path, RULE))) == [RULE]
    fork = codex(tmp_path, RULE, source={"subagent": "review"})
    fork.write_text(fork.read_text() + codex(tmp_path / "..", RULE, source="cli").read_text())
    assert said(read(fork)) == [], "a fork copies what its parent recorded, the parent's origin too"


def test_what_an_editor_adds_to_a_codex_prompt_is_not_the_persons(tmp_path: Path, read: Read) -> None:
    text = f"# Context from my IDE setup:\n\n## Active selection:\n## My request for Codex:\n{RULE}\n\n## My request for Codex:\nuse tabs"
    assert [one.strip() for one in said(read(codex(tmp_path, text)))] == ["use tabs"]
    assert said(read(codex(tmp_path, f"<user_shell_command>{RULE}</user_shell_command>"))) == []


HOSTILE: dict[str, Callable[[int], str]] = {
    "angles": lambda n: "<" * n,
    "unclosed": lambda n: "<a>\n" * (n // 4),
    "cut": lambda n: "<a " * (n // 3),
    "known": lambda n: "x <system-reminder>" * (n // 19),
    "tiny": lambda n: "<a></a>" * (n // 7),
    "names": lambda n: "".join(f"<a{i}></a{i}>" for i in range(n // 14)),
    "strays": lambda n: "".join(f"<a{i}></a{i}>" for i in range(n // 24)) + "".join(f"</a{i}>" for i in range(n // 24)),
    "deep": lambda n: "<a>" * (n // 7) + "</a>" * (n // 7),
    "ticks": lambda n: "`" * n,
    "fences": lambda n: "```\n" * (n // 4),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_marks_are_read_in_linear_time(kind: str) -> None:
    known = re.compile(claude_code.TAGS)

    def seconds(size: int) -> float:
        text = HOSTILE[kind](size)
        started = time.process_time()
        regions.regions(text, known)
        return time.process_time() - started

    small = min(seconds(8_000) for _ in range(3))
    assert seconds(128_000) < 100 * max(small, 0.0005), "16 times as much; a quadratic reader takes 256 times"
