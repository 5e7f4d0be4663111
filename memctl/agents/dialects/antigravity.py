"""How the hooks of Antigravity's command line (`agy`) speak: by its documentation and what others recorded.

It was not run here. One event comes before each request to the model, with neither the prompt nor its own
name in it, and what is injected there is gone with that request. An answer with any other key than its own
is thrown away as a whole (docs/reference/hooks.md).
"""

import os

from memctl.agents.dialects import Dialect

_OPEN, _CLOSE, _META = "<USER_REQUEST>", "</USER_REQUEST>", "<ADDITIONAL_METADATA>"


class _Antigravity(Dialect):
    events = (("PreInvocation", "prompt"), ("Stop", "turn"))
    ends = False
    forgets = True
    names_events = True
    silent = "{}"
    mark = "USER_INPUT"
    group = "memctl"
    base = ("", ".gemini")
    user_file = "config/hooks.json"
    project_file = ".agents/hooks.json"
    user_instructions = "GEMINI.md"
    note = (
        "Antigravity lists the hooks that it loaded under /hooks. Signed in with an API key it ran none, as "
        "others report of 1.1.22."
    )

    def read(self, event: "dict[str, object]") -> "dict[str, object]":
        """Its names are camel-cased, and it has a list of workspaces in place of a directory."""
        folders = event.get("workspacePaths")
        return {
            **event,
            "session_id": event.get("conversationId"),
            "transcript_path": event.get("transcriptPath"),
            "workspace_roots": folders if isinstance(folders, list) else [],
        }

    def is_lost(self, folder: str) -> bool:
        """Its hooks run in the folder that holds its settings: below the person's own is no project."""
        own = os.path.realpath(os.path.join(os.path.expanduser("~"), self.base[1]))
        return os.path.realpath(folder).startswith(own + os.sep)

    def typed(self, record: "dict[str, object]") -> str:
        """Of a step in its transcript what the person typed, without what the client put around it."""
        text = record.get("content")
        if record.get("type") != "USER_INPUT" or not isinstance(text, str):
            return ""
        if _OPEN in text and _CLOSE in text:
            return text[text.index(_OPEN) + len(_OPEN) : text.rindex(_CLOSE)].strip()
        return text.partition(_META)[0].strip()

    def envelope(self, name: str, text: str) -> "dict[str, object]":
        """A message that the model sees for this request, and that no transcript keeps."""
        return {"injectSteps": [{"ephemeralMessage": text}]}

    def entry(self, command: str, seconds: int) -> "dict[str, object]":
        """Without a group around it, as these two events have it."""
        return {"type": "command", "command": command, "timeout": seconds}

    def sample(self, name: str, cwd: str, prompt: str, transcript: str) -> "tuple[dict[str, object], str]":
        """As it sends one; the prompt stands in the transcript alone."""
        message: dict[str, object] = {"conversationId": "test", "workspacePaths": [cwd]}
        if dict(self.events)[name] != "prompt":
            return message, ""
        step = '{"step_index":0,"source":"USER_EXPLICIT","type":"USER_INPUT","content":"%s"}\n'
        return {**message, "transcriptPath": transcript}, step % f"{_OPEN}{prompt}{_CLOSE}"


DIALECT = _Antigravity()
