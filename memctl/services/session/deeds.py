"""What a tool call does, told by the shape of its input: agents name their tools as they like.

A text under a key for a command is a command; a path with new content beside it is an edit, one without is
reading; a list of objects with a status is a plan.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from memctl.domain.transcript import Call
from memctl.text.oneline import flat
from memctl.text.shell import QUOTED

_COMMAND = ("command", "cmd", "script")
_FILE = ("filepath", "path", "notebookpath", "absolutepath", "targetfile", "filename")
_CONTENT = frozenset(
    "content contents newstring newstr newsource newtext codeedit edits patch filetext replacement".split()
)
_PATCH = re.compile(r"^\*\*\* (?:Update|Add|Delete) File: (.+?)\s*$|^\*\*\* Move to: (.+?)\s*$", re.MULTILINE)
_STEP = ("content", "step", "description", "title", "subject", "text")
_DONE = {"completed": "ok", "done": "ok", "in_progress": "now", "inprogress": "now"}
_BACKGROUND = ("runinbackground", "isbackground")

COMMAND_MAX = 2_000
"""Characters of a command that are kept; a deed has it whole, so that no secret in it is cut in two."""


@dataclass(frozen=True)
class Deed:
    """What a call does. `texts`: the command, or the paths, or the questions; `steps`: text and outcome of
    a plan's steps by their key."""

    kind: str  # "command" | "wait" (for a process) | "edit" | "read" | "plan" | "step" | "ask" | "other"
    texts: tuple[str, ...] = ()
    steps: tuple[tuple[str, str, str], ...] = ()
    background: bool = False


def deed(call: Call) -> Deed:
    """What `call` does, by the keys of its input; of the kind "other", with the tool's name, where those do
    not tell. Texts are whole, on one line, with whatever secrets stand in them."""
    given = {re.sub(r"[^a-z]", "", key.lower()): value for key, value in call.given.items()}
    found = _run(given) or _planned(call.given, given) or _filed(given) or _waiting(given)
    return found or Deed("other", (call.name,))


def _run(given: Mapping[str, Any]) -> Deed | None:
    """A command; a patch that one applies is an edit."""
    command = next((text for key in _COMMAND if (text := _command(given.get(key)))), "")
    patched = [one or other for one, other in _PATCH.findall(_joined(given, command))]
    if patched:
        return Deed("edit", tuple(dict.fromkeys(patched)))
    waits = any(given.get(key) is True for key in _BACKGROUND)
    return Deed("command", (_lines(command),), background=waits) if command else None


def _planned(call: Mapping[str, Any], given: Mapping[str, Any]) -> Deed | None:
    steps = tuple(_steps(call))
    if steps:
        return Deed("plan", steps=steps)
    if "taskid" in given or "subject" in given:
        return _task(given)
    questions = [str(one["question"]) for one in _objects(given.get("questions")) if one.get("question")]
    return Deed("ask", tuple(questions)) if questions else None


def _filed(given: Mapping[str, Any]) -> Deed | None:
    key, path = next(((k, v) for k in _FILE if isinstance(v := given.get(k), str) and v), ("", ""))
    if path and _CONTENT & given.keys():
        return Deed("edit", (path,))
    if path and (key != "path" or "." in path.rstrip("/").rpartition("/")[2]):  # else a folder is listed
        return Deed("read", (path,))
    return None


def _waiting(given: Mapping[str, Any]) -> Deed | None:
    """Waiting for the process of that number. Other calls may bear the id of a session as well."""
    number = given.get("sessionid")
    return Deed("wait", (str(number),)) if isinstance(number, int | str) else None


def _lines(command: str) -> str:
    """`command` without what may differ between two that do the same: blanks, empty lines, how it is folded.
    Its lines stay: to the shell each is a command of its own."""
    lines = (flat(line) for line in command.replace("\\\n", " ").split("\n"))
    return "\n".join(line for line in lines if line)


def _command(value: object) -> str:
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        shell = len(value) == 3 and value[1].startswith("-") and value[1].endswith("c")
        return str(value[2]) if shell else shlex.join(value)
    return value if isinstance(value, str) else ""


def _joined(given: Mapping[str, Any], command: str) -> str:
    """The texts in which a patch may stand."""
    texts = [command, *(given.get(key) for key in ("patch", "input", "patchtext"))]
    return "\n".join(text for text in texts if isinstance(text, str) and "*** " in text)


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _steps(given: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for value in given.values():
        for at, one in enumerate(_objects(value)):
            text = next((one[key] for key in _STEP if isinstance(one.get(key), str)), "")
            if text and isinstance(one.get("status"), str):
                yield str(at), flat(text), _DONE.get(one["status"].lower(), "")


def _task(given: Mapping[str, Any]) -> Deed:
    """One step of a plan: made (no key yet), or its status changed."""
    key = given.get("taskid")
    subject, status = given.get("subject"), given.get("status")
    text = flat(subject) if isinstance(subject, str) else ""
    outcome = _DONE.get(status.lower(), "") if isinstance(status, str) else ""
    return Deed("step", steps=((str(key or ""), text, outcome),))


_WORD = re.compile(r"""(?P<var>\$)?(?P<word>[^\s'"`|;&<>(){}$=,]+)(?P<key>=)?""")
_NO_NAME = re.compile(r"[\s|()*?^\\]|\$(?![\w{])|^.\.\w[^/]*$")
"""Which texts in quotation marks are no file's name: one with blanks or signs of a pattern. Nobody quotes
that of a hidden file, but a filter (`jq '.items.name'`)."""

_FILE_NAME = re.compile(r"(?:.*/)?[\w@+-][\w.@+-]*\.[A-Za-z]\w{0,4}\Z|(?:.*/)?\.[a-z][\w.-]+\Z")
_ADDRESS = re.compile(r"[^/]*\w@[A-Za-z]")
"""`name@host`, also before a path there; `icon@2x.png` is a file."""


def files_in(command: str) -> list[str]:
    """The file names in a command line: words with an ending, and hidden files. No addresses, no settings
    (`user.email=`), no ranges (`main..HEAD`); of a path that begins with what the shell fills in what follows
    (`${ROOT}/a.py`)."""
    found = []
    command = QUOTED.sub(lambda match: " " if _NO_NAME.search(match[0]) else match[0], command)
    for match in _WORD.finditer(command):
        word = match["word"].rstrip(".,:")
        if match["var"]:
            word = "$" + word if "/" in word else ""
        elif word.startswith("/") and command.endswith(("}", ")"), 0, match.start()):
            word = word.lstrip("/")
        named = word.rpartition("/")[2]
        if match["key"] or ".." in named or not _FILE_NAME.fullmatch(word) or _ADDRESS.match(word):
            continue
        if "://" not in word and not word.startswith(("-", "//")):
            found.append(word)
    return list(dict.fromkeys(found))
