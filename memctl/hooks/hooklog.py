"""The log of hook calls and of what they started: what else is written into it, and how it is read, with the
names of what was recalled and what came of the last days."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from memctl.domain import stem, times
from memctl.errors import MemctlError
from memctl.hooks.call import failure, log_file, mark, record
from memctl.text.counted import counted

DAYS = 7
"""What is summed up."""

EXTRACT = "extract"
"""The event of an extraction that a hook started."""

INSTALL = "install"
"""The event of an installation."""

COUNTS = ("ms", "chars", "memories", "note", "turns", "proposals", "calls", "again")
"""The pairs of a line whose values are whole numbers."""

PROMPTS = ("UserPromptSubmit", "BeforeAgent", "beforeSubmitPrompt", "PreInvocation")
"""Events of a prompt; a call that says `again` is another request about the same one."""


@contextmanager
def extraction(wanted: bool) -> Iterator[dict[str, object]]:
    """Log an extraction that a hook started (only those are `wanted`): what is put into the dictionary, how
    it ended and how long it took. A failure is logged by its slug alone, and goes on."""
    said: dict[str, object] = {"agent": "", "event": EXTRACT, "outcome": "ok", "ms": 0}
    started = time.monotonic()
    try:
        yield said
    except BaseException as error:
        said["outcome"] = error.slug if isinstance(error, MemctlError) else failure(error)
        raise
    finally:
        if wanted:
            record(said | {"ms": int((time.monotonic() - started) * 1000)})


def installed(agent: str) -> None:
    """Log that the hooks of `agent` were put in place: from then on calls are expected."""
    record({"agent": agent, "event": INSTALL, "outcome": "ok"})


def read() -> list[str]:
    """Every line that is kept, oldest first. Raises OSError for a file that is there and cannot be read."""
    lines: list[str] = []
    for file in (log_file() + ".1", log_file()):
        try:
            with open(file, encoding="utf-8", errors="replace") as handle:
                lines += handle.read().splitlines()
        except FileNotFoundError:
            continue
    return lines


def fields(line: str) -> dict[str, str]:
    """What a line says: under `at` when it was written (ISO 8601, UTC), and its pairs, all as text."""
    at, *pairs = line.split() or [""]
    return {key: value for key, _, value in (pair.partition("=") for pair in pairs)} | {"at": at}


class Names:
    """What the memories of one directory are called in the lines that recalled them."""

    def __init__(self, directory: str, lines: Iterable[str]) -> None:
        self._names = _names(directory) if any(" recalled=" in line for line in lines) else {}

    def told(self, line: str) -> dict[str, object]:
        """A line for JSON: what is counted as numbers, and under `recalled` the names of those of this
        directory's memories that are still there."""
        said: dict[str, object] = dict(fields(line))
        said |= {key: int(text) for key in COUNTS if (text := str(said.get(key, ""))).isdecimal()}
        if "recalled" in said:
            said["recalled"] = [name for name in self._of(str(said["recalled"])) if name]
        return said

    def text(self, line: str) -> str:
        """A line for people; a memory of another project, or one that is gone, is a `?`."""
        head, mark_, rest = line.partition(" recalled=")
        marks, space, tail = rest.partition(" ")
        names = ",".join(name or "?" for name in self._of(marks))
        return head + mark_ + names + space + tail

    def _of(self, marks: str) -> list[str]:
        return [self._names.get(mark, "") for mark in marks.split(",")] if marks else []


def _names(directory: str) -> dict[str, str]:
    from memctl.services.guard import redact
    from memctl.store.memory import listing

    if not directory:
        return {}
    try:
        files = listing.columns(directory).files
    except (OSError, MemctlError):
        return {}
    return {mark(directory, file): redact(stem(file)) for file in files}


def summary(lines: Sequence[str], now: float, days: int = DAYS) -> dict[str, int]:
    """What came of the last `days`: prompts, how many of them recalled something and how many memories in
    all, extractions, how many failed, and what they proposed."""
    recent = [said for said in map(fields, lines) if now - (times.parse(said["at"]) or 0.0) < days * 86_400]
    asked = [said for said in recent if said.get("event") in PROMPTS and "again" not in said]
    read = [said for said in recent if said.get("event") == EXTRACT]
    return {
        "days": days,
        "prompts": len(asked),
        "prompts_with_memories": sum(_number(said, "memories") > 0 for said in asked),
        "memories": sum(_number(said, "memories") for said in asked),
        "extractions": len(read),
        "failed": sum(said.get("outcome") != "ok" for said in read),
        "proposals": sum(_number(said, "proposals") for said in read),
    }


def _number(said: dict[str, str], key: str) -> int:
    value = said.get(key, "")
    return int(value) if value.isdecimal() else 0


def sentence(recent: dict[str, int]) -> str:
    """`summary` in one line."""
    asked = f"{counted(recent['prompts'], 'prompt')}, {recent['prompts_with_memories']} with memories"
    failed = f" ({recent['failed']} failed)" if recent["failed"] else ""
    read = (
        f"{counted(recent['extractions'], 'extraction')}{failed}, {counted(recent['proposals'], 'proposal')}"
    )
    return f"last {counted(recent['days'], 'day')}: {asked}; {read}"


def of_agent(lines: Iterable[str], agent: str) -> Iterator[dict[str, str]]:
    """What the lines of one agent say, oldest first."""
    return (said for said in map(fields, lines) if said.get("agent") == agent)
