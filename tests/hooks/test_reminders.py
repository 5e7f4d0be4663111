"""What is said so that nothing rots: to the session, to the person in the agent, and in the log."""

import json
import os
import time
from pathlib import Path

import pytest

from memctl import places
from memctl.services.context import reminders
from memctl.store.search import anticipated
from memctl.store.state import dreams
from tests.hooks.test_hook import event
from tests.kit.cli import Memctl
from tests.kit.terminal import Terminal
from tests.kit.topics import topic


def asked(quick: Memctl, name: str, **fields: object) -> dict[str, object]:
    """What Claude Code gets for one event."""
    out = quick("hook", "claude-code", stdin=event(quick.cwd, name, **fields)).out
    return dict(json.loads(out)) if out else {}


def told(answer: dict[str, object]) -> str:
    return str(answer["hookSpecificOutput"]["additionalContext"])  # type: ignore[index]


def waiting(memories: Path, home: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    """Entries in the inbox, of which a hook only counts the files."""
    monkeypatch.setenv("HOME", str(home))
    folder = Path(places.make_private(places.store_state(str(memories)))) / "inbox"
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:032x}.json").write_text("{}")


@pytest.mark.parametrize(
    ("source", "says"), [("startup", True), ("clear", True), ("resume", False), ("compact", False)]
)
def test_what_waits_is_said_when_a_session_begins(
    quick: Memctl, memories: Path, home: Path, monkeypatch: pytest.MonkeyPatch, source: str, says: bool
) -> None:
    waiting(memories, home, monkeypatch, 3)
    text = told(asked(quick, "SessionStart", source=source))
    assert ("3 proposals wait for the person's verdict: `memctl review`" in text) is says
    assert ("No prompts are anticipated yet for" in text) is says
    assert "prefer-pnpm.md" in text


def test_a_host_that_does_not_say_why_a_session_starts_is_told_once(quick: Memctl, memories: Path) -> None:
    for session, says in (("a", True), ("a", False), ("b", True)):
        out = quick("hook", "opencode", stdin=event(quick.cwd, "SessionStart", session_id=session)).json
        assert ("No prompts are anticipated yet" in out["context"]) is says
        assert "prefer-pnpm.md" in out["context"]


def test_tidying_is_offered_after_a_day_and_five_sessions(
    quick: Memctl, memories: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(home))
    directory, offer = str(memories), "memory has not been tidied for 2 days: `memctl dream`"
    day = 86_400.0
    dreams.done(directory, time.time() - 2 * day - 60)
    begun = [told(asked(quick, "SessionStart", source="startup")) for _ in range(2)]
    resumed = told(asked(quick, "SessionStart", source="resume"))
    assert not any(offer in text for text in (*begun, resumed))
    assert [dreams.begun(directory, time.time())[1] for _ in range(2)] == [3, 4]
    assert offer in told(asked(quick, "SessionStart", source="startup"))
    dreams.done(directory, time.time() - day / 2)
    for _ in range(6):
        assert reminders._untidied(directory, {"a.md": 0.0}, time.time()) == ""
    assert "for 1 day:" in reminders._untidied(directory, {"a.md": 0.0}, time.time() + day)


def keep(directory: Path, *names: str, queries: tuple[str, ...] = ("a prompt",)) -> None:
    for name in names:
        key = anticipated.content_key(f"about {name}", f"The fact of {name}.\n")
        anticipated.append(places.queries_file(str(directory)), {key: list(queries)})


def said(directory: Path) -> str:
    changed = {path.name: os.stat(path).st_mtime for path in directory.glob("*.md")}
    return "\n".join(reminders.of(str(directory), changed, time.time()))


@pytest.fixture
def twenty(memory_dir: Path) -> Path:
    for number in range(20):
        file = memory_dir / f"m{number}.md"
        file.write_text(topic(f"m{number}", f"about m{number}", f"The fact of m{number}.\n"))
        os.utime(file, (1_700_000_000 + number,) * 2)
    return memory_dir


def test_the_newest_without_queries_are_named_in_one_line(twenty: Path) -> None:
    assert "for: m19, m18, m17, m16, m15, ..." in said(twenty)
    assert len(said(twenty).splitlines()) == 1
    keep(twenty, "m19", "m17", "m0")
    assert "for: m18, m16, m15, m14, m13, ..." in said(twenty)
    keep(twenty, "m19", queries=())
    assert "for: m19, m18," in said(twenty), "an empty list forgets"


def test_none_is_named_where_none_lacks_them(twenty: Path) -> None:
    keep(twenty, *(f"m{number}" for number in range(20)))
    assert said(twenty) == ""


def test_queries_in_a_header_count(memory_dir: Path) -> None:
    (memory_dir / "a.md").write_text(
        "---\nname: a\ndescription: d\nmetadata:\n  anticipated:\n    - a prompt\n---\nx\n"
    )
    assert said(memory_dir) == ""


def test_however_many_memories_there_are_a_few_are_read(
    twenty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    monkeypatch.setattr(reminders, "_lacks", lambda path, file, kept: read.append(file) or True)
    said(twenty)
    assert len(read) == reminders.LOOKED_AT


def test_the_person_is_told_what_was_recalled(quick: Memctl, memories: Path, home: Path) -> None:
    def ask(session: str, prompt: str) -> dict[str, object]:
        return asked(quick, "UserPromptSubmit", session_id=session, prompt=prompt)

    assert (
        ask("a", "how is the service deployed")["systemMessage"]
        == "memctl: 1 memory recalled: deploy-with-ship"
    )
    assert ask("a", "zebra xylophone") == {}
    config = home / ".config" / "memctl" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("hook_messages = false\n")
    assert ask("b", "how is the service deployed").keys() == {"hookSpecificOutput"}
    config.write_text("hook_messages = maybe\n")
    assert "systemMessage" in ask("c", "how is the service deployed"), "damaged settings cost no recall"


def test_no_secret_and_nothing_hidden_is_told_to_the_person(quick: Memctl, memories: Path) -> None:
    secret = "ghp_" + "1B2c3D4e5F6g7H8i9J0kLmNoPqRsTuVwXyZa"
    (memories / f"{secret}\u202e\x1b.md").write_text(
        topic("walrus", "About the walrus", "The walrus sleeps.\n")
    )
    message = str(asked(quick, "UserPromptSubmit", prompt="about the walrus")["systemMessage"])
    assert secret not in message
    assert message.isprintable()


def test_the_log_names_what_was_recalled_and_keeps_no_name(quick: Memctl, memories: Path, home: Path) -> None:
    for number, prompt in enumerate(("how is the service deployed", "zebra xylophone")):
        asked(quick, "UserPromptSubmit", session_id=str(number), prompt=prompt)
    kept = (home / ".local/state/memctl/hooks.log").read_text()
    assert "deploy" not in kept
    assert "memories=1 recalled=deploy-with-ship" in quick("hooks", "log").lines[0]
    document = quick("hooks", "log", "--json").json
    assert [call.get("recalled") for call in document["calls"]] == [["deploy-with-ship"], None]
    assert document["recent"]["prompts"] == 2
    assert document["recent"]["prompts_with_memories"] == 1
    (memories / "deploy-with-ship.md").unlink()
    assert "recalled=?" in quick("hooks", "log").lines[0]


# --- the person, on a terminal ---


def test_list_on_a_terminal_says_once_what_waits_and_a_pipe_never(
    quick: Memctl, memories: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting(memories, home, monkeypatch, 3)
    assert "wait" not in quick("list").err + quick("list", "--json").err
    for says in (True, False):
        with Terminal(["list"], quick.cwd, quick.environment()) as terminal:
            assert terminal.code() == 0
            assert ("3 proposals wait: memctl review" in terminal.text) is says
            assert "prefer-pnpm" in terminal.text


def test_a_reminder_is_said_once_a_day_and_always_when_asked_for(quick: Memctl, home: Path) -> None:
    def index(*more: str) -> bool:
        return "1 memory has no anticipated queries" in quick("index", *more).err

    assert len(quick("save", "The crane is red").err.splitlines()) == 1, "a save is one line"
    assert [index(), index(), index("--verbose"), index("--quiet")] == [True, False, True, False]
    (marker,) = (home / ".local/state/memctl/stores").glob("*/started/*")
    os.utime(marker, (0, 0))
    quick("config", "set", "reminders", "false")
    assert [index(), index("--verbose")] == [False, True]


def test_a_reminder_of_the_machine_is_said_once_for_all_directories(quick: Memctl, memories: Path) -> None:
    for says, name in ((True, "one"), (False, "two")):
        (quick.cwd / name).mkdir()
        quick("save", "The crane is red", "--dir", str(quick.cwd / name))
        assert ("selector lexical" in quick("recall", "crane", "--dir", str(quick.cwd / name)).err) is says


def test_that_there_are_no_credentials_is_said_once_and_where_a_model_was_asked_for(
    quick: Memctl, memories: Path
) -> None:
    def says(*more: str) -> bool:
        return "no credentials" in quick("recall", "how is the service deployed", *more).err

    assert [says(), says(), says("--json"), says("--selector", "llm")] == [True, False, True, True]
