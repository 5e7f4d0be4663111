"""The table of agents is the only place that lists them: a row, a dialect and a reader make an agent.

A made-up agent is added to the table of the real command, in a process of its own, and nowhere else.
"""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import memctl
from memctl.agents import skill_folders, table
from memctl.agents.dialects import Dialect
from memctl.domain import skill_file
from tests.kit.topics import topic

PACKAGE = Path(memctl.__file__).parent

ROW = """
import sys
sys.path.insert(0, {folder!r})
from memctl.agents import skill_folders, table
row = table.Agent(
    "walrus", "Walrus", "walrus_dialect", "walrus_sessions", marks=("WALRUS",), root="WALRUS_ROOT", aliases=("odobenus",),
    settings=((".walrus", ("tusks.ini",)),),
)
table.AGENTS = (*table.AGENTS, row)
from memctl.__main__ import main
main()
"""

DIALECT = """
from memctl.agents.dialects import Dialect

class _Walrus(Dialect):
    events = (("Wakes", "start"), ("IsAsked", "prompt"), ("Rests", "turn"))
    base = ("WALRUS_HOME", ".walrus")
    user_file = "hooks.json"
    project_file = ".walrus/hooks.json"
    note = "Feed it first."

    def prompt(self, event):
        return event.get("question")

    def envelope(self, name, text):
        return {"tusk": {name: text}}

DIALECT = _Walrus()
"""

READER = """
import os
from memctl.agents.transcripts import fields, folders, lines
from memctl.domain.transcript import Session

RANK = 1
TAGS = "walrus-note"

def matches(path, head):
    return any("walrus" in record for record in head)

def describe(agent, path, head):
    return [Session(agent, folders.stem(path), path, head[0]["walrus"])]

def find(root, home):
    folder = os.path.join(home, ".walrus", "sessions")
    yield from (os.path.join(folder, name) for name in folders.names(folder))

def owns(path, home):
    return path.startswith(os.path.join(home, ".walrus", "sessions"))

def turns(session):
    for line, found in lines.records(session.path):
        yield from fields.turns(f"L{line.number}", None, [(found["by"], found["said"])])
"""

Run = Callable[..., str]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home directory."""
    path = tmp_path / "home"
    path.mkdir()
    return path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A directory with nothing in it."""
    path = tmp_path / "project"
    path.mkdir()
    return path


@pytest.fixture
def memories(tmp_path: Path) -> Path:
    """A memory directory with one memory."""
    path = tmp_path / "memory"
    path.mkdir()
    (path / "ice.md").write_text(topic("ice", "Where the ice is thick", "North of the bay.\n"))
    (path / "MEMORY.md").write_text("- [Ice](ice.md) — Where the ice is thick\n")
    return path


@pytest.fixture
def run(tmp_path: Path, home: Path, project: Path, memories: Path) -> Run:
    """`memctl ARGUMENTS` with the walrus in its table; what it prints, errors too for another `code`."""
    (tmp_path / "walrus_dialect.py").write_text(DIALECT)
    (tmp_path / "walrus_sessions.py").write_text(READER)
    (tmp_path / "empty").mkdir()

    def run(*arguments: str, stdin: str = "", code: int = 0, **variables: str) -> str:
        environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "MEMCTL_DIR": str(memories), **variables}
        done = subprocess.run(
            [sys.executable, "-I", "-c", ROW.format(folder=str(tmp_path)), *arguments],
            input=stdin, capture_output=True, text=True, env=environment, cwd=project, check=False,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        return done.stdout if code == 0 else done.stdout + done.stderr

    return run


def state(run: Run) -> str:
    (row,) = json.loads(run("hooks", "status", "walrus", "--json"))["hooks"]
    return str(row["state"])


def test_its_hooks_are_installed_looked_at_and_removed(run: Run, home: Path) -> None:
    file = home / ".walrus" / "hooks.json"
    assert state(run) == "absent"
    assert f"+++ {file}" in run("hooks", "install", "odobenus")
    assert list(json.loads(file.read_text())["hooks"]) == ["Wakes", "IsAsked", "Rests"]
    assert state(run) == "installed"
    file.write_text(file.read_text().replace(sys.executable, "/gone/python"))
    assert state(run) == "broken"
    assert "the walrus hook" in run("doctor", code=1)
    run("hooks", "remove", "walrus")
    assert json.loads(file.read_text()) == {}


def test_its_settings_may_be_the_projects(run: Run, home: Path, project: Path) -> None:
    run("hooks", "install", "walrus", "--project")
    assert (project / ".walrus" / "hooks.json").exists()
    assert not (home / ".walrus").exists()


def test_it_is_listed_wherever_agents_are(run: Run) -> None:
    assert "walrus" in run("hooks", "status")
    assert "walrus" in run("hooks", "install", "--help")
    assert "walrus" in run("hooks", "install", "nobody", code=2)
    asked = {"_MEMCTL_COMPLETE": "complete_bash", "COMP_WORDS": "memctl hooks test w", "COMP_CWORD": "3"}
    assert run(**asked).split() == ["walrus"]


def test_its_prompts_are_answered_in_its_own_words(run: Run, project: Path) -> None:
    event = {"hook_event_name": "is-asked", "session_id": "s", "question": "where is the ice thick"}
    answer = json.loads(run("hook", "walrus", stdin=json.dumps(event), WALRUS_ROOT=str(project)))
    assert "North of the bay." in answer["tusk"]["IsAsked"]
    assert "agent=walrus event=IsAsked outcome=ok" in run("hooks", "log")


def test_what_its_settings_in_the_project_name_is_not_believed(
    run: Run, project: Path, tmp_path: Path
) -> None:
    (project / ".walrus").mkdir()
    (project / ".walrus" / "tusks.ini").write_text("MEMCTL_STATE_DIR = /elsewhere\n")
    event = {"hook_event_name": "is-asked", "question": "where is the ice thick"}
    variables = {"WALRUS_ROOT": str(project), "MEMCTL_STATE_DIR": str(tmp_path / "state")}
    run("hook", "walrus", stdin=json.dumps(event), **variables)
    assert not (tmp_path / "state").exists()


def test_what_is_saved_in_its_shell_is_its_own(run: Run) -> None:
    run("save", "The seals have left.", "--name", "seals", WALRUS="1")
    assert json.loads(run("log", "--json"))["changes"][0]["actor"] == "walrus"


def test_its_sessions_are_found_and_read(run: Run, home: Path, project: Path) -> None:
    folder = home / ".walrus" / "sessions"
    folder.mkdir(parents=True)
    said = [
        ("user", "Remember that dives start at noon. <walrus-note>Never use sonar.</walrus-note>"),
        ("assistant", "Noted."),
    ]
    records = [{"walrus": str(project), "by": who, "said": text} for who, text in said]
    (folder / "monday.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    (session,) = json.loads(run("transcripts", "--json"))["sessions"]
    assert (session["agent"], session["id"]) == ("walrus", "monday")
    found = json.loads(run("extract", "--session", "monday", "--engine", "rules", "--json"))
    assert [session["agent"] for session in found["sessions"]] == ["walrus"]
    (proposal,) = found["proposals"]
    assert "noon" in proposal["body"]


@pytest.mark.parametrize("agent", table.AGENTS, ids=lambda agent: agent.name)
def test_a_row_says_what_its_modules_keep(agent: table.Agent) -> None:
    assert table.find(agent.name) is agent
    assert all(table.find(alias) is agent for alias in agent.aliases)
    assert isinstance(agent.dialect(), Dialect)
    actions = [action for _, action in agent.dialect().events]
    needed = {"prompt", "turn"} | (set() if agent.dialect().forgets else {"start"})
    assert needed <= set(actions) <= {"start", "prompt", "turn", "compact", "end"}
    assert {"RANK", "TAGS", "matches", "describe", "find", "turns"} <= set(dir(agent.reader()))


def test_a_hook_loads_only_its_own_dialect() -> None:
    code = (
        "import sys\nfrom memctl.agents import table\nbefore = set(sys.modules)\ntable.find('codex').dialect()\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["memctl.agents.dialects", "memctl.agents.dialects.codex"]


HOMES = ("agents/table.py", "agents/clients/", "agents/dialects/", "agents/transcripts/")
"""Where an agent may be named: its row, and its own modules."""


def strings(file: Path) -> Iterator[tuple[int, str]]:
    """Every string constant of a module but its docstrings and the sentences below assignments."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said:
            yield node.lineno, node.value


def test_no_other_module_names_an_agent() -> None:
    names = "|".join(re.escape(agent.name) for agent in table.AGENTS)
    word = re.compile(rf"(?<![\w-])(?:{names})(?![\w-])")
    found = [
        f"{file.relative_to(PACKAGE)}:{line}: {text[:60]!r}"
        for file in sorted(PACKAGE.rglob("*.py"))
        if not str(file.relative_to(PACKAGE)).startswith(HOMES)
        for line, text in strings(file)
        if word.search(text)
    ]
    assert found == []


def test_a_reader_or_dialect_names_no_other_agent() -> None:
    """Whose modules know each other would have to be changed together."""
    for agent in table.AGENTS:
        stem = agent.name.replace("-", "_")
        for folder in ("clients",) * agent.has_client + ("dialects", "transcripts"):
            for _, text in strings(PACKAGE / "agents" / folder / f"{stem}.py"):
                assert text not in {other.name for other in table.AGENTS} - {agent.name}


@pytest.mark.parametrize("page", ["hooks.md", "transcripts.md"])
def test_the_reference_describes_every_agent(page: str) -> None:
    text = (PACKAGE.parent / "docs" / "reference" / page).read_text(encoding="utf-8")
    assert [agent.name for agent in table.AGENTS if f"`{agent.name}`" not in text] == []


@pytest.mark.parametrize(
    ("name", "own", "variable"),
    [
        ("claude-code", ".claude/skills", "CLAUDE_CONFIG_DIR"),
        ("codex", ".agents/skills", ""),
        ("gemini", ".gemini/skills", ""),
        ("antigravity", ".gemini/config/skills", ""),
        ("cursor", ".cursor/skills", ""),
        ("opencode", ".config/opencode/skills", "XDG_CONFIG_HOME"),
    ],
)
def test_where_an_agent_looks_for_skills(
    name: str, own: str, variable: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(home))
    agent = table.find(name)
    assert agent is not None
    for other in ("CLAUDE_CONFIG_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(other, raising=False)
    assert skill_folders.folder(agent, None) == str(home / own)
    assert skill_folders.folder(agent, "/project").startswith("/project/.")
    if variable:
        monkeypatch.setenv(variable, "/elsewhere")
        assert skill_folders.folder(agent, None).startswith("/elsewhere/")


def test_a_name_that_every_agent_takes() -> None:
    assert all(skill_file.is_name(name) for name in ("a", "deploy-2", "x" * 64))
    assert not any(
        skill_file.is_name(name) for name in ("", "A", "a--b", "-a", "a/b", "a b", "x" * 65, "a\n")
    )
