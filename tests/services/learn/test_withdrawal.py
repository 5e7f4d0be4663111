"""What is taken back, asked to be deleted, not to be remembered or known already; a yes and what it agrees to."""

from dataclasses import replace
from pathlib import Path

import pytest

from memctl.agents.transcripts import readers
from memctl.domain.proposal import Proposal
from memctl.domain.transcript import Call, Session, Turn
from memctl.services.learn import withdrawal
from memctl.services.learn.extraction import Rules, extract
from memctl.services.learn.languages import Language, spoken
from memctl.services.learn.sentences import Sentence, sentences
from memctl.store.state.resolve import Place
from tests.kit import sessions as kit

NOW = 1_795_000_000.0
RULE = "From now on the exports are written in UTF-8, never in Latin-1."


def proposed(folder: Path, *turns: tuple[str, str], **memories: str) -> list[Proposal]:
    memory = folder / "m"
    memory.mkdir()
    for name, text in memories.items():
        header = f"---\nname: {name}\ndescription: {text}\nmetadata:\n  type: project\n---\n"
        (memory / f"{name}.md").write_text(f"{header}{text}\n")
    (session,) = readers.open_file(str(kit.write(turns, "claude-code", folder)))
    found = extract(Place(str(memory), str(folder), []), replace(session, recorded=True), Rules(), now=NOW)
    return list(found.proposals)


@pytest.mark.parametrize(
    ("after", "stays"),
    [
        ("scratch that, I was wrong", 0),
        ("Never mind.", 0),
        ("Don't save that, please.", 0),
        ("Don't save that please.", 0),
        ("doch nicht", 0),
        ("算了吧", 0),
        ("取り消してください", 0),
        ("Thanks, that looks good now", 1),
        ("Don't record the demo video again.", 1),
        ("Never mind the lint warnings in gen/.", 1),
        ("Egal welche Version, Hauptsache es läuft.", 1),
        ("Off the record, the password of the router is weak.", 1),
    ],
)
def test_what_the_next_message_takes_back_is_not_proposed(tmp_path: Path, after: str, stays: int) -> None:
    left = proposed(tmp_path, ("user", RULE), ("assistant", "ok"), ("user", after))
    assert sum("UTF-8" in one.body for one in left) == stays


DELETES = [
    "You can delete the note about the weekly backfill, it runs by itself now.",
    "Die Notiz zum weekly backfill kannst du löschen.",
    "weekly backfill 那条记录删了吧",
    "please forget the memory on the weekly backfill",
    "borra la nota sobre el weekly backfill",
    "weekly backfill のメモを消して",
    "Delete the note on the weekly backfill, we don't run it any more.",
    "Delete the note on the weekly backfill, it never worked.",
]
DELETES_NOTHING = [
    "Should we delete the note about the weekly backfill?",
    "Bob said delete the note about the weekly backfill.",
    "Do not delete the note about the weekly backfill.",
    "Don't forget the note about the weekly backfill.",
    "Die Notiz zum weekly backfill nicht löschen.",
    "不要删除 weekly backfill 那条记录",
    "weekly backfill のメモを消さないで",
    "weekly backfill 메모 지우지 마",
    "remove the notes on the weekly backfill from the README",
    "delete the notes table of the weekly backfill",
    "implement: delete the memory weekly backfill from the UI list",
    "The script should delete the note about the weekly backfill when the user clicks.",
    "Bob wants to delete the note about the weekly backfill.",
    "drop the note in the docs that says when the weekly backfill runs",
    "Lösch die Notiz im Formular weekly backfill, wenn der Nutzer klickt",
    "borra las notas de weekly backfill del README",
    "supprime la note sur weekly backfill dans le README",
    "elimina le note su weekly backfill dal README",
    "удали заметки про weekly backfill из README",
    "weekly backfill のメモを削除するボタンを作って",
    "实现删除 weekly backfill 记忆的功能",
    "README에서 weekly backfill 메모를 삭제해",
    "remove the notes on the weekly backfill from the invoice template",
    "Carol intends to delete the note about the weekly backfill.",
    "Streich die Notiz zum weekly backfill aus dem Ticket.",
    "quita la nota del weekly backfill de Grafana",
    "forget the note on the weekly backfill script",  # in doubt none
]


@pytest.mark.parametrize(
    ("text", "deleted"),
    [*((text, ["backfill"]) for text in DELETES), *((text, []) for text in DELETES_NOTHING)],
)
def test_what_a_person_asks_to_delete_is_proposed_to_go_and_nothing_else(
    tmp_path: Path, text: str, deleted: list[str]
) -> None:
    memories = {"backfill": "Run the weekly backfill on Fridays.", "oncall": "The rota is in PagerDuty."}
    found = proposed(tmp_path, ("user", text), **memories)
    assert [one.name for one in found if one.operation == "delete"] == deleted
    assert len(found) == 1 or not deleted, "a request to delete is nothing to remember"


def test_what_was_pasted_does_not_choose_the_memory_that_goes(tmp_path: Path) -> None:
    memories = {"backfill": "Run the weekly backfill on Fridays.", "oncall": "The rota is in PagerDuty."}
    said = "Please drop that old note.\n\n```\nRun the weekly backfill on Fridays\n```"
    assert proposed(tmp_path, ("user", said), **memories) == []


def test_a_request_to_delete_that_could_mean_two_memories_proposes_none(tmp_path: Path) -> None:
    memories = {"one": "The weekly backfill runs on Fridays.", "two": "The weekly backfill runs at noon."}
    assert proposed(tmp_path, ("user", "delete the note about the weekly backfill"), **memories) == []


def test_what_is_asked_not_to_be_remembered_is_not(tmp_path: Path) -> None:
    said = "We never deploy on Fridays because nobody is on call. Don't save that though, it's internal."
    assert proposed(tmp_path, ("user", said)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Please don't remember this.",
        "That stays between us.",
        "Das bitte nicht speichern.",
        "Merk dir das nicht.",
        "No lo guardes.",
        "Ne le garde pas.",
        "Не запоминай это.",
        "这个别记",
        "これは覚えないで",
        "이건 기억하지 마",
        "Please don't save this in your memory.",
        "Don't save this email address.",
        "From now on I leave at four every day because of the baby, don't tell anyone.",
        "Wir stellen ab Mai immer dienstags ein, das bleibt vertraulich.",
        "No guardes esto en tu memoria.",
        "不要记住这个",
    ],
)
def test_a_message_is_not_kept_whatever_the_language_of_the_request(text: str) -> None:
    language, found = _read(text)
    assert withdrawal.is_private(language, found)


@pytest.mark.parametrize(
    "text",
    [
        "Don't save the file with tabs, always use four spaces in this repo.",
        "From now on don't store secrets in this repository.",
        "Passwörter darfst du nie speichern.",
        "Don't record the demo video again.",
        "Don't save this file with tabs.",
        "Don't save this image as webp.",
        "Speicher diese Datei nicht mit Tabs.",
        "N'enregistre pas ce fichier avec des tabulations.",
        "不要把这个文件用制表符保存",
        "このファイルをタブで保存しないで",
        "이 파일을 탭으로 저장하지 마",
        "No guardes los archivos con tabuladores.",
        "Не сохраняй файлы с табуляцией.",
        "别记录用户的密码",
        "パスワードをログに記録しないで",
        "비밀번호는 저장하지 마",
    ],
)
def test_what_is_not_to_be_kept_elsewhere_is_no_private_message(text: str) -> None:
    language, found = _read(text)
    assert not withdrawal.is_private(language, found)
    assert not withdrawal.takes_back(language, found)


def test_a_rule_about_saving_files_is_a_rule(tmp_path: Path) -> None:
    said = "Don't save the file with tabs, always use four spaces in this repo."
    assert len(proposed(tmp_path, ("user", said))) == 1


def _read(text: str) -> tuple[Language, list[Sentence]]:
    found = list(sentences(text))
    return spoken(text), found


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("As I said, never commit generated protobuf files to the repository.", 0),
        ("As I said, never commit generated thrift stubs without a checksum.", 1),
    ],
)
def test_what_a_memory_says_in_other_words_is_known(tmp_path: Path, text: str, count: int) -> None:
    memories = {"protobuf": "Generated protobuf files are never committed to the repository, they go to CI."}
    assert len(proposed(tmp_path, ("user", text), **memories)) == count


def test_a_bare_yes_keeps_what_it_agrees_to_as_the_agents_words(tmp_path: Path) -> None:
    asked = "I squashed the fixup commits. Should I squash them before each review?"
    (one,) = proposed(tmp_path, ("assistant", asked), ("user", "yes, always do it like that please"))
    assert "**Agrees with:** Should I squash them before each review." in one.body
    assert [e.quote for e in one.evidence][-1] == "Should I squash them before each review?"
    assert one.origin == "agent"
    assert "squash them before each review" in one.description, "a yes alone tells a selector nothing"
    assert "squash" in one.name


def test_a_reply_to_a_stopped_tool_call_counts_more(tmp_path: Path) -> None:
    records = kit.claude_records([("assistant", "I will flash the board now.")])
    stopped = kit.claude_records(
        [("user", "[Request interrupted by user for tool use]"), ("user", "wrong board, never flash rig b")],
        "s", str(records[-1]["uuid"]), 5,
    )  # fmt: skip
    path = tmp_path / "s.jsonl"
    path.write_text(kit._lines([*records, *stopped]))
    turns = list(readers.turns(readers.open_file(str(path))[0]))
    assert [turn.cue for turn in turns if turn.origin == "person"] == ["refusal"]


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Forget that the tests need docker.", ["docker"]),
        ("please forget that the tests need docker", ["docker"]),
        ("Vergiss, dass die tests docker brauchen.", ["docker"]),
        ("Oublie que les tests ont besoin de docker", ["docker"]),
        ("Забудь, что tests need docker", ["docker"]),
        ("忘掉 tests need docker 这件事吧", ["docker"]),
        ("Forget that the deploys need a key from Ann.", []),
        ("Don't forget the tests need docker", []),
        ("Bob said to forget that the tests need docker.", []),
    ],
)
def test_forget_that_withdraws_the_memory_which_says_so(tmp_path: Path, text: str, gone: list[str]) -> None:
    memories = {"docker": "The tests need docker.", "oncall": "The rota is in PagerDuty."}
    found = proposed(tmp_path, ("user", text), **memories)
    assert [one.name for one in found if one.operation == "delete"] == gone
    assert not any("orget" in one.body for one in found)


def test_a_yes_to_a_tool_call_is_no_memory_of_the_call(tmp_path: Path) -> None:
    """Only what the agent said can be agreed with, and only what it said since the person spoke."""
    call = Turn("t2", "assistant", "[Bash {}]", origin="agent", call=Call("c1", "Bash", {"command": "x"}))
    said = Turn("t1", "assistant", "I squash every branch before a merge.", origin="agent")
    yes = Turn("t3", "user", "yes, exactly, always do that")
    session = Session("claude-code", "s", str(tmp_path), recorded=True)

    def bodies(*turns: Turn) -> list[str]:
        batches = Rules().batches(iter(turns), session, [], NOW)
        return [draft.body for batch in batches for draft in batch.drafts]

    assert bodies(Turn("t0", "user", "deploy"), call, yes) == []
    assert bodies(Turn("t0", "user", "deploy"), said, Turn("t4", "user", "go on"), call, yes) == []
    (body,) = bodies(Turn("t0", "user", "deploy"), said, call, yes)
    assert "squash" in body
    assert "Bash" not in body
