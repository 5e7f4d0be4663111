"""Whether an agent's own command line may be asked: the person says so, in their own file, and takes it back."""

import json
import time
from pathlib import Path

import pytest

from memctl.agents import table
from memctl.services import consent
from memctl.settings import Settings
from tests.hooks.test_background import ANSWER
from tests.kit.cli import Memctl
from tests.kit.sessions import write
from tests.kit.terminal import Terminal
from tests.kit.warm import Warm
from tests.llm.test_command import script


@pytest.fixture
def at_home(memctl: Memctl, tmp_path: Path, warm: Warm) -> Memctl:
    memctl.env = {f"MEMCTL_{kind}_DIR": str(tmp_path / kind.lower()) for kind in ("CONFIG", "STATE", "CACHE")}
    memctl.warm = warm
    return memctl


def own(memctl: Memctl, agent: str = "claude-code") -> dict[str, object]:
    (row,) = memctl("hooks", "status", agent, "--json").json["hooks"]
    found: dict[str, object] = row["own_model"]
    return found


@pytest.mark.parametrize(("answer", "allowed"), [("y\n", True), ("\n", False)])
def test_the_question_says_what_is_sent_to_whom_and_what_it_costs(
    at_home: Memctl, answer: str, allowed: bool
) -> None:
    with Terminal(["hooks", "install", "claude-code"], at_home.cwd, at_home.environment()) as screen:
        screen.wait_for("Make this change?")
        screen.press("y\n")
        said = screen.wait_for("May it be asked?")
        screen.press(answer)
        screen.wait_for("memctl config")
        assert screen.code() == 0
    for word in ("`claude -p`", "sent ", "to     Anthropic", "haiku", "at most 40 a day", "Taken back with"):
        assert word in said
    assert own(at_home)["allowed"] is allowed
    assert own(at_home, "codex")["allowed"] is False


def test_without_a_terminal_it_is_no_unless_an_option_says_yes(at_home: Memctl) -> None:
    assert "not asked" in at_home("hooks", "install", "claude-code").err
    assert own(at_home)["allowed"] is False
    at_home("hooks", "install", "claude-code", "--yes")
    at_home("hooks", "install", "claude-code", "--use-own-model", "--dry-run")
    assert own(at_home)["allowed"] is False
    said = at_home("hooks", "install", "claude-code", "--use-own-model", "--json")
    assert "0 of 40 calls today" in said.err
    assert own(at_home) == {
        "allowed": True, "command": "claude -p", "model": "haiku", "calls_today": 0, "daily_calls": 40,
    }  # fmt: skip
    at_home("hooks", "install", "claude-code")
    assert own(at_home)["allowed"] is True, "installing again changes nothing"
    assert "claude -p" in at_home("hooks", "status").err
    assert at_home("config", "get", "own_model").out == "claude-code\n"
    at_home("hooks", "install", "claude-code", "--no-own-model")
    assert own(at_home)["allowed"] is False


@pytest.mark.parametrize(
    "back", [("config", "set", "own_model", ""), ("config", "own-model", "claude-code", "--no"),
             ("hooks", "remove", "claude-code")],
)  # fmt: skip
def test_it_is_taken_back_by_one_command(at_home: Memctl, back: tuple[str, ...]) -> None:
    at_home("hooks", "install", "claude-code", "--use-own-model")
    at_home(*back)
    assert own(at_home)["allowed"] is False


def test_a_model_of_ones_own_stays_when_another_agent_is_allowed(at_home: Memctl) -> None:
    at_home("config", "set", "own_model", "claude-code=sonnet")
    found = at_home("config", "own-model", "codex", "--yes", "--json").json
    assert (found["agent"], found["allowed"], found["model"]) == ("codex", True, "gpt-6-luna")
    assert at_home("config", "get", "own_model").out == "claude-code=sonnet, codex\n"
    assert own(at_home)["model"] == "sonnet"
    at_home("config", "own-model", "claude", "--no")
    assert at_home("config", "get", "own_model").out == "codex\n"
    assert at_home("config", "own-model", "codex").out == "codex  allowed\n"
    assert "one of claude-code" in at_home("config", "set", "own_model", "eliza", code=2).err


def test_neither_an_agent_nor_a_variable_gives_it(at_home: Memctl) -> None:
    for words in (
        ("hooks", "install", "claude-code", "--use-own-model"),
        ("config", "own-model", "claude-code", "--yes"),
        ("config", "set", "own_model", "claude-code"),
    ):
        assert "person" in at_home(*words, code=5, CLAUDECODE="1").err
    assert "nothing" in at_home("config", "list", MEMCTL_OWN_MODEL="claude-code").err
    assert own(at_home)["allowed"] is False
    assert not (Path.home() / ".claude" / "settings.json").exists(), "and nothing was installed"


def test_an_agent_that_removes_the_hooks_leaves_the_answer(at_home: Memctl) -> None:
    at_home("hooks", "install", "claude-code", "--use-own-model")
    at_home("hooks", "remove", "claude-code", CLAUDECODE="1")
    assert own(at_home)["allowed"] is True


def test_a_dry_run_shows_what_would_be_sent_and_to_whom(at_home: Memctl, tmp_path: Path) -> None:
    """With neither the client nor credentials on this machine."""
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    said = [("user", f"Never deploy on Fridays. My token is {secret}.")]
    file = str(write(said, "claude-code", tmp_path, "s"))
    at_home("config", "set", "own_model", "claude-code=sonnet")
    shown = at_home("extract", "--dry-run", file)
    assert "Never deploy on Fridays" in shown.out
    assert secret not in shown.out
    assert "`claude -p`, model sonnet, with your login (Anthropic" in shown.err
    sends = at_home("extract", "--dry-run", file, "--json").json["sends"]
    assert "sonnet" in sends["to"]
    assert "Never deploy on Fridays" in sends["prompts"][0]
    at_home("config", "set", "own_model", "codex")
    other = at_home("extract", "--dry-run", file, "--json").json
    assert (other["engine"], other["sends"]) == ("rules", None), "a session goes to its own agent alone"
    named = at_home("extract", "--dry-run", "--engine", "llm", file)
    assert "`codex exec`, model gpt-6-luna" in named.err
    at_home("config", "set", "own_model", "")
    keyless = at_home("extract", "--dry-run", "--engine", "llm", file)
    assert "https://api.anthropic.com, model claude-sonnet-5-5" in keyless.err
    assert not (tmp_path / "state" / "own-model.json").exists()


def test_a_memory_that_is_saved_gets_its_queries_in_the_background(at_home: Memctl, tmp_path: Path) -> None:
    result = ANSWER | {"result": json.dumps({"memories": [{"id": 1, "prompts": ["roll out the build"]}]})}
    script(tmp_path / "bin", f"print({json.dumps(result)!r})", "claude")
    at_home.env |= {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"}
    at_home("config", "set", "own_model", "claude-code")
    at_home(
        "save", "Deploys go through the wombat pipeline.", "--name", "deploys", "--description", "Deploys"
    )
    for _ in range(100):
        if "event=enrich outcome=ok memories=1" in at_home("hooks", "log").out:
            break
        time.sleep(0.05)
    assert at_home("recall", "roll out the build", "--selector", "lexical").out.endswith("deploys.md\n")


def test_what_memctl_itself_asked_is_not_the_person(at_home: Memctl) -> None:
    """A client is started without the marks of an agent, so that it answers at all."""
    below = {"MEMCTL_IN_PROVIDER": "1"}
    for words in (("config", "own-model", "codex", "--yes"), ("config", "set", "agents_accept", "true")):
        assert "the person's to s" in at_home(*words, code=5, **below).err
    at_home("save", "Deploys go through the wombat pipeline", "--name", "wombat", **below)
    assert at_home("show", "wombat", "--json").json["memories"][0]["header"]["metadata"]["origin"] == "agent"
    assert own(at_home, "codex")["allowed"] is False


@pytest.mark.parametrize("agent", [agent.name for agent in table.AGENTS if agent.has_client])
def test_the_question_fits_a_terminal(agent: str) -> None:
    for settings in (Settings(), Settings(daily_cap_usd=2.0)):
        assert [line for line in consent.question(agent, settings).split("\n") if len(line) > 79] == []


@pytest.mark.parametrize(
    ("agent", "says"),
    [
        ("claude-code", "cap in dollars: $2 a day\n"),
        ("codex", "count at the dearest price"),
        ("gemini", "count at the dearest price"),
        ("opencode", "daily_calls is the limit"),
        ("cursor", "daily_calls is the limit"),
    ],
)
def test_the_question_says_whether_a_cap_in_dollars_can_bind(agent: str, says: str) -> None:
    asked = consent.question(agent, Settings(daily_cap_usd=2.0))
    assert says in asked
    assert ("$2" in asked) is ("limit" not in says)
    assert "the texts of all only where you, or" in asked
    assert "`memctl dream --engine llm`" in asked


def test_long_messages_break_between_words_on_a_terminal(at_home: Memctl) -> None:
    words = "/tmp/" + "x" * 30 + " is no such file, and many more words that say what to do about it and why"
    env = at_home.environment() | {"COLUMNS": "60"}
    with Terminal(["config", "set", "provider", words], at_home.cwd, env) as screen:
        assert screen.code() == 2
        lines = screen.text.split("\n")
    assert len(lines) > 3
    assert max(map(len, lines)) <= 60
    assert " ".join(" ".join(lines).split()).count(words) == 1
    assert all(line.startswith(("memctl: ", "  ")) for line in lines if line)
    assert at_home("config", "set", "provider", words, code=2).err.count("\n") == 2


def test_installing_is_summed_up_and_what_is_missing_is_said(at_home: Memctl, tmp_path: Path) -> None:
    at_home.directory = None
    at_home("save", "Tides are in metres.")
    env = {"PATH": str(tmp_path)}
    said = at_home("hooks", "install", "claude-code", "--use-own-model", "--yes", **env).err
    assert said.index("settings.json; this project's memories move from") < said.index("installed")
    for one in (said, at_home("hooks", "status", "claude-code", **env).err):
        assert "`claude` was not found on PATH" in one


def test_an_answer_that_is_neither_is_asked_again(at_home: Memctl) -> None:
    at_home("hooks", "install", "claude-code")
    with Terminal(["config", "own-model", "claude-code"], at_home.cwd, at_home.environment()) as screen:
        screen.wait_for("May it be asked?")
        screen.press("maybe\n")
        screen.wait_for("answer y or n; Enter alone means no")
        screen.wait_for("May it be asked?")
        screen.press("n\n")
        screen.code()
    assert own(at_home)["allowed"] is False
