"""The doctor: every check of one memory directory and of what memctl keeps about it, in one report.

Read-only, like a file system check. Each finding has an id, the file and line where there is one, and what
to do about it. A directory of memories that is kept in a repository's tree is judged by the same checks,
less those of permissions, which git does not keep.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from memctl.domain.finding import Finding
from memctl.domain.memory import INDEX
from memctl.errors import Damaged
from memctl.services import guard
from memctl.services.doctor import machine as doctor_machine
from memctl.services.doctor import past as doctor_past
from memctl.services.doctor.examination import Progress, examine
from memctl.services.doctor.view import Ground, ground
from memctl.services.write import reindex
from memctl.store.state.clean import Clean
from memctl.text.escape import escape

Check = Callable[[], Iterable[Finding]]
"""A check that is handed in: of the installed hooks, because services know no agent, and of where the
memories of the project stand, which the directory alone does not say."""

_RANK = {"error": 0, "warning": 1, "note": 2}


def run(
    directory: str,
    *,
    now: float,
    online: bool = False,
    hooks: Check | None = None,
    places: Check | None = None,
    progress: Callable[[str], None] | None = None,
    reading: Progress | None = None,
    since: float = 0.0,
) -> list[Finding]:
    """Every finding about the memory directory `directory`, the gravest first.

    `now` is in seconds since the epoch. Only with `online` is a model asked, with one short prompt; without
    it no socket is opened. `hooks` and `places` add their findings; `reading(done, total)` is called while
    reading files takes over a second. With the moment `since`, what is about a file is told only where that
    changed since. Raises Damaged when the directory itself cannot be read; every other trouble is a finding.
    """
    at = ground(directory, now)

    def every() -> Iterator[Finding]:
        """The findings of one check after the other, each named to `progress` before it runs."""
        for name, check in _checks(at, online, hooks, places, reading):
            if progress is not None:
                progress(name)
            yield from check()

    found = sorted(_distinct(every()), key=_order)
    return [finding for finding in found if _is_since(at, finding, since)] if since else found


def _is_since(at: Ground, finding: Finding, since: float) -> bool:
    """Whether a finding is about no file, or about one that was changed since; one that is gone was."""
    if finding.file is None:
        return True
    try:
        looks = os.lstat(at.store.path(finding.file))
    except OSError:
        return True
    return max(looks.st_mtime, looks.st_ctime) >= since


def errors(directory: str, *, now: float) -> list[Finding]:
    """What is broken in the files of `directory` themselves, the gravest first: no warning, no note, and
    nothing about the computer that it lies on. Raises Damaged as `run` does."""
    found = _distinct(_files(ground(directory, now), None))
    return sorted((finding for finding in found if finding.severity == "error"), key=_order)


def fails(findings: Iterable[Finding]) -> bool:
    """Whether a report asks for something to be done, that is exit code 1: notes alone do not."""
    return any(finding.severity != "note" for finding in findings)


def github(findings: Iterable[Finding], directory: str) -> list[str]:
    """`findings` as workflow commands, which GitHub shows at the lines of a change.

    Paths are relative to the working directory. The escapes are those of GitHub's own toolkit.
    """
    return [_github_line(finding, directory) for finding in findings]


def _checks(
    at: Ground, online: bool, hooks: Check | None, places: Check | None, reading: Progress | None
) -> Iterator[tuple[str, Callable[[], Iterable[Finding]]]]:
    yield "files, texts, links and duplicates", lambda: _files(at, reading)
    yield "history, cache and lock", lambda: doctor_machine.check(at)
    yield "versions in the history", lambda: doctor_past.check(at)
    yield "credentials", lambda: doctor_machine.check_credentials(online)
    if places is not None:
        yield "places", places
    if hooks is not None:
        yield "hooks", hooks


def _files(at: Ground, reading: Progress | None) -> Iterator[Finding]:
    """The files, and how the index stands to them, which depends on what was used lately too."""
    report = examine(at, reading)
    yield from report.findings
    if report.files or os.path.lexists(at.store.path(INDEX)):
        with suppress(Damaged):  # an index that cannot be read is one of the findings
            yield from reindex.check(at.store, report.files, report.out, now=at.now)


def shown(findings: list[Finding]) -> list[Finding]:
    """`findings` as they may be printed: the name of a file can be a secret, and any of them may tell it."""
    together = "\n".join(dict.fromkeys(part for f in findings for part in _said(f)))
    clean = Clean()
    if together in clean:
        return findings
    if guard.redact(together) == together:
        clean.add(together)
        return findings  # one look at all of them, since there may be thousands and it is nearly always so
    return [
        replace(
            finding,
            file=finding.file and guard.redact(finding.file),
            message=guard.redact(finding.message),
            repair=finding.repair and guard.redact(finding.repair),
        )
        for finding in findings
    ]


def _said(finding: Finding) -> Iterator[str]:
    """All that a finding tells, a name that its message tells already not once more."""
    yield finding.message
    if finding.file and finding.file not in finding.message:
        yield finding.file
    if finding.repair:
        yield finding.repair


def _distinct(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Each finding once and printable: names come from disk, and whoever chose them."""
    seen: set[int] = set()  # hashes, since there may be several hundred thousand
    for raw in findings:
        repair = None if raw.repair is None else escape(raw.repair)
        message = escape(raw.message)
        key = hash((raw.id, raw.file, raw.line, message))
        if key not in seen:
            seen.add(key)
            same = message == raw.message and repair == raw.repair
            yield raw if same else replace(raw, message=message, repair=repair)


def _order(finding: Finding) -> tuple[int, str, int, str]:
    return (_RANK.get(finding.severity, 3), finding.file or "", finding.line or 0, finding.id)


def _github_line(finding: Finding, directory: str) -> str:
    command = {"error": "error", "warning": "warning"}.get(finding.severity, "notice")
    properties = [f"title={_property(finding.id)}"]
    if finding.file:
        properties.insert(0, f"file={_property(os.path.relpath(os.path.join(directory, finding.file)))}")
        if finding.line:
            properties.insert(1, f"line={finding.line}")
    repair = f" ({finding.repair})" if finding.repair else ""
    return f"::{command} {','.join(properties)}::{_data(finding.message + repair)}"


def _data(text: str) -> str:
    return escape(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
