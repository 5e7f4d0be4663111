"""How each agent's hooks speak and where they are set up, a module an agent; what most of them share is here.

On the hot path: nothing in this package imports anything.
"""


class Dialect:
    """What hosts send and take that follow Claude Code, the first with hooks; subclasses say what differs."""

    events: tuple[tuple[str, str], ...] = ()
    """Host event and what memctl does (start, prompt, turn, compact, end), in the order of the settings."""

    ends = True
    """Whether the host tells when a session ends; where it does not, every turn may be the last."""

    max_bytes = 0
    """UTF-8 bytes of context that the host keeps in place; 0 where only characters are counted."""

    base = ("", "")
    """The folder of the person's settings: a variable that names it ("" for none), else its place below ~."""

    user_file = ""
    """What memctl is written into, below `base`."""

    project_file = ""
    """The same for one project, below its root."""

    user_instructions = ""
    """The Markdown file below `base` that it reads in every project; "" for none."""

    project_instructions = "AGENTS.md"
    """The same at the root of a project."""

    comments = False
    """Whether the host reads comments in its settings."""

    fresh = "{}"
    """What a settings file starts from."""

    plugin = ""
    """A file of `memctl/data` that is put in place as a whole, for a host that takes code and no entries."""

    note = ""
    """What else the person has to do."""

    group = "hooks"
    """The key of the settings below which the events stand."""

    names_events = False
    """Whether each event has a command of its own that names it, because the host's message does not."""

    forgets = False
    """Whether what the host is given is gone with the request to the model, of which each one asks."""

    silent = ""
    """What the host takes for no answer."""

    mark = ""
    """What a step of the host's transcript holds that is a prompt; "" where the message holds the prompt."""

    def typed(self, record: "dict[str, object]") -> str:
        """What the person typed, of a record that holds the `mark`; "" for another one."""
        return ""

    def read(self, event: "dict[str, object]") -> "dict[str, object]":
        """What the host sent, in the names that most hosts use."""
        return event

    def is_lost(self, folder: str) -> bool:
        """Whether a hook that was told of no project, and runs in `folder`, belongs to none."""
        return False

    def sample(self, name: str, cwd: str, prompt: str, transcript: str) -> "tuple[dict[str, object], str]":
        """What the host would send for the event `name` in a project at `cwd`, and what would then stand in
        the file `transcript`."""
        said: dict[str, object] = {
            "hook_event_name": name,
            "session_id": "test",
            "cwd": cwd,
            "prompt": prompt,
            "source": "startup",
        }
        return said, ""

    def prompt(self, event: "dict[str, object]") -> object:
        """What the person typed."""
        return event.get("prompt")

    def session(self, event: "dict[str, object]") -> object:
        """The id of the conversation."""
        return event.get("session_id")

    def loads(self, directory: str, root: str, cwd: str) -> bool:
        """Whether the client itself puts the index of `directory` before its model, in a session that works
        in `cwd` on the project at `root`."""
        return False

    def envelope(self, name: str, text: str) -> "dict[str, object]":
        """The answer that puts `text` before the model, for the host event `name`."""
        return {"hookSpecificOutput": {"hookEventName": name, "additionalContext": text}}

    tells = False
    """Whether the host shows the person a line that an answer holds beside the text for the model."""

    def message(self, text: str) -> "dict[str, object]":
        """What joins the answer where the host `tells` the person `text`."""
        return {"systemMessage": text}

    def entry(self, command: str, seconds: int) -> "dict[str, object]":
        """The settings' entry of one event: run `command`, wait for it so long."""
        return {"hooks": [{"type": "command", "command": command, "timeout": seconds}]}

    def event(self, given: object) -> "tuple[str, str]":
        """The host's own spelling of `given`, however it is cased or hyphenated, and what memctl does then;
        ("", "") for what is no event."""
        wanted = given.replace("-", "").replace("_", "").lower() if isinstance(given, str) else ""
        return next((pair for pair in self.events if pair[0].lower() == wanted), ("", ""))
