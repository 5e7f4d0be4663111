"""The agents that memctl knows: a row each, and the only place that lists them.

A new agent is a row here, a dialect (how its hooks speak), a transcript reader (how its sessions are
recorded) and a client (how its command line is asked). They are named and loaded when they are asked for: on
the hot path this module imports nothing but os, and a hook call loads the dialect of its own agent alone.
"""

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from memctl.agents.dialects import Dialect
    from memctl.llm.client import Client


class Agent:
    """One agent. What it does not have is left empty."""

    __slots__ = ("_client", "_dialect", "_reader", "aliases", "has_client", "has_hooks", "has_transcripts",
                 "marks", "name", "own_skills", "remembers", "root", "settings", "shared", "skills",
                 "title")  # fmt: skip

    def __init__(
        self,
        name: str,
        title: str,
        dialect: str = "",
        reader: str = "",
        client: str = "",
        *,
        marks: tuple[str, ...] = (),
        root: str = "",
        aliases: tuple[str, ...] = (),
        settings: tuple[tuple[str, tuple[str, ...]], ...] = (),
        shared: bool = False,
        remembers: bool = False,
        skills: str = "",
        own_skills: tuple[str, str, str] = ("", "", ""),
    ) -> None:
        self.name = name  # one word, as it is typed, logged and stored
        self.title = title  # what people call it
        self._dialect = dialect  # dotted name of the module that holds its `DIALECT`; "": no hooks
        self._reader = reader  # dotted name of its `transcripts.readers.Reader`; "": no transcripts
        self._client = client  # dotted name of the module that holds its `CLIENT`; "": it cannot be asked
        self.has_client = bool(client)
        self.has_hooks = bool(dialect)
        self.has_transcripts = bool(reader)
        self.marks = marks  # variables that it sets in the shells it starts, each alone enough
        self.root = root  # variable in which it tells its hooks the project's directory
        self.aliases = aliases  # other words that are taken for its name
        self.settings = settings  # folders of a project ("": itself) and the files in them that steer it
        self.remembers = remembers  # whether it keeps memories in a folder of its own, which memctl shares
        self.skills = skills  # folder of a project in which it looks for skills; "": it knows none
        # the same for every project of a person: a variable that names its folder, where that is below ~
        # otherwise, and what follows
        self.own_skills = own_skills
        self.shared = shared  # whether one file holds many sessions, so that a path does not name one

    def dialect(self) -> "Dialect":
        """How its hooks speak. Only for an agent that has hooks."""
        found: Dialect = __import__(self._dialect, fromlist=["DIALECT"]).DIALECT
        return found

    def client(self) -> "Client":
        """How its command line is asked. Only for an agent that has a client."""
        found: Client = __import__(self._client, fromlist=["CLIENT"]).CLIENT
        return found

    def reader(self) -> "Any":
        """The module that reads its sessions. Only for an agent that has transcripts."""
        return __import__(self._reader, fromlist=["turns"])


_DIALECTS = "memctl.agents.dialects."
_READERS = "memctl.agents.transcripts."
_CLIENTS = "memctl.agents.clients."

_OPENCODE = ("opencode.json", "opencode.jsonc")

AGENTS = (
    Agent("claude-code", "Claude Code", _DIALECTS + "claude_code", _READERS + "claude_code",
          _CLIENTS + "claude_code",
          marks=("CLAUDECODE",), root="CLAUDE_PROJECT_DIR", aliases=("claude",),
          settings=((".claude", ("settings.json", "settings.local.json")),),
          remembers=True, skills=".claude/skills", own_skills=("CLAUDE_CONFIG_DIR", ".claude", "skills")),
    Agent("codex", "Codex", _DIALECTS + "codex", _READERS + "codex",
          _CLIENTS + "codex",
          marks=("CODEX_SANDBOX", "CODEX_SANDBOX_NETWORK_DISABLED", "CODEX_CI", "CODEX_THREAD_ID"),
          settings=((".codex", ("config.toml", ".env")),),
          skills=".agents/skills", own_skills=("", ".agents", "skills")),
    Agent("gemini", "Gemini CLI", _DIALECTS + "gemini", _READERS + "gemini",
          _CLIENTS + "gemini",
          marks=("GEMINI_CLI",), root="GEMINI_CWD", settings=((".gemini", ("settings.json", ".env")),),
          skills=".gemini/skills", own_skills=("", ".gemini", "skills")),
    Agent("antigravity", "Antigravity CLI", _DIALECTS + "antigravity", _READERS + "antigravity",
          marks=("ANTIGRAVITY_CONVERSATION_ID",), aliases=("agy",),
          settings=((".agents", ("hooks.json", "mcp_config.json")),),
          skills=".agents/skills", own_skills=("", ".gemini", "config/skills")),
    Agent("cursor", "Cursor", _DIALECTS + "cursor", _READERS + "cursor",
          _CLIENTS + "cursor",
          marks=("CURSOR_AGENT",), root="CURSOR_PROJECT_DIR",
          settings=((".cursor", ("hooks.json", "mcp.json", "cli.json", "environment.json")),),
          skills=".cursor/skills", own_skills=("", ".cursor", "skills")),
    Agent("opencode", "opencode", _DIALECTS + "opencode", _READERS + "opencode",
          _CLIENTS + "opencode",
          marks=("OPENCODE",), shared=True,
          settings=(("", _OPENCODE), (".opencode", _OPENCODE)),
          skills=".opencode/skills", own_skills=("XDG_CONFIG_HOME", ".config", "opencode/skills")),
)  # fmt: skip
"""In the order in which agents are listed wherever there is a list of them."""


def find(name: str) -> "Agent | None":
    """The agent of that name or alias."""
    return next((agent for agent in AGENTS if name == agent.name or name in agent.aliases), None)


def hooked() -> list[Agent]:
    """The agents that memctl can be wired into."""
    return [agent for agent in AGENTS if agent.has_hooks]


def told_roots() -> list[str]:
    """What agents say in variables about the project of their session: absolute paths."""
    said = [os.environ[agent.root] for agent in AGENTS if agent.root and agent.root in os.environ]
    return [folder for folder in said if os.path.isabs(folder)]


def with_skills() -> list[Agent]:
    """The agents that look for skills."""
    return [agent for agent in AGENTS if agent.skills]


def is_shared(name: str) -> bool:
    """Whether a session file of the agent `name` holds many sessions, each known only by its id."""
    agent = find(name)
    return agent is not None and agent.shared
