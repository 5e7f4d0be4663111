"""Checks of what memctl keeps outside the memory directory, and of the machine it runs on."""

import os
import sqlite3
import stat
from collections.abc import Iterable, Iterator

from memctl import places, settings
from memctl.domain import times
from memctl.domain.finding import Finding
from memctl.errors import MemctlError, ModelFailed
from memctl.services.doctor.view import Ground
from memctl.store.history import git, remains, repair, verified
from memctl.store.state import leavings
from memctl.store.state.inbox import Inbox
from memctl.store.write import journal
from memctl.store.write.load import set_aside
from memctl.text.escape import escape

ONLINE_SECONDS = 15.0
"""How long the one question that `--online` asks may take."""


WAITING_DAYS = 14
"""Days that a proposal may wait before the doctor names it: two weeks of holidays."""


def check(view: Ground) -> Iterator[Finding]:
    """Findings about history, interrupted and kept changes, cache, permissions and the command itself."""
    yield from _history(view)
    yield from _left(view)
    yield from _set_aside(view)
    yield from _leavings(view)
    yield from _waiting(view)
    yield from _cache(view)
    yield from _links(view)
    yield from _state_modes(view)
    yield from check_path()


def _history(view: Ground) -> Iterator[Finding]:
    if git.program() is None:
        message = "git is not installed, so changes are not recorded and cannot be undone"
        yield Finding("history.no-git", "warning", message, repair="install git")
        return
    try:
        sentences = verified.verify(view.directory)
    except MemctlError as error:
        advice = "try again when the machine is less busy; the history is left as it is"
        yield Finding("history.unchecked", "warning", escape(error.message), repair=advice)
        return
    lost = _lost(view) if sentences else ""
    for sentence in sentences:
        advice = "memctl doctor --fix makes it whole with what can be read; no memory is touched"
        message = f"the history is damaged: {escape(sentence)}{lost}"
        yield Finding("history.damaged", "error", message, repair=advice)


def _lost(view: Ground) -> str:
    try:
        found = repair.lost(view.directory)
    except (MemctlError, OSError):
        return ""
    return f"; lost: {escape(', '.join(found))}" if found else "; nothing of it is lost"


def _left(view: Ground) -> Iterator[Finding]:
    if journal.names(view.directory):
        message = "a change was interrupted and is not finished"
        yield Finding("journal.open", "warning", message, repair="any memctl command that writes finishes it")
    for entry in journal.kept(view.directory):
        why = f" ({entry.reason})" if entry.reason else ""
        message = f"a {escape(journal.describe(entry))} could not be written{escape(why)} and is kept"
        yield Finding(
            "spool.kept",
            "warning",
            message,
            repair=f"memctl doctor --fix applies it, --drop-kept {entry.id} throws it away",
        )


def _set_aside(view: Ground) -> Iterator[Finding]:
    """0.1.0 left what it kept about a directory in a folder that nothing reads when a project moved there,
    and a damaged history as a whole."""
    for path in remains.unread(view.directory):
        message = f"a damaged history of this directory lies unread in {escape(path)}"
        repair = "memctl doctor --fix joins what can be read of it with the history"
        yield Finding("history.aside", "warning", message, repair=repair)
    for path in set_aside(view.directory):
        message = f"a history and an inbox of this directory lie unread in {escape(path)}"
        repair = "memctl doctor --fix joins them with those in use"
        yield Finding("state.aside", "warning", message, repair=repair)


def _leavings(view: Ground) -> Iterator[Finding]:
    """What a killed command was writing into the inbox or a cursor may hold what a proposal said."""
    count = len(leavings.found(view.directory, view.now))
    if count:
        lie = "1 file of a killed command lies" if count == 1 else f"{count} files of killed commands lie"
        message = f"{lie} half written in the state of this directory"
        yield Finding("state.leavings", "warning", message, repair="memctl doctor --fix removes them")


def _waiting(view: Ground) -> Iterator[Finding]:
    """Proposals that nobody decides on are forgotten, and what they say is not remembered."""
    created = [entry.proposal.created for entry in Inbox(view.directory).entries()[0]]
    oldest = min((moment for moment in created if moment), default=view.now)
    if view.now - oldest < WAITING_DAYS * 86_400:
        return
    waits = "1 proposal waits" if len(created) == 1 else f"{len(created)} proposals wait"
    message = f"{waits} for your verdict, the oldest since {times.write(oldest)[:10]}"
    yield Finding("inbox.waiting", "note", message, repair="memctl review, or memctl review --reject all")


def _cache(view: Ground) -> Iterator[Finding]:
    """A damaged cache costs time, never a memory: it is rebuilt at the next recall."""
    path = places.cache_file(view.directory)
    if not os.path.lexists(path):
        return
    trouble = "" if stat.S_ISREG(os.lstat(path).st_mode) else "is no regular file"
    if not trouble:
        trouble = _sqlite_trouble(path)
    if trouble:
        message = f"the search cache {escape(path)} {trouble}"
        yield Finding(
            "cache.damaged", "warning", message, repair="memctl doctor --fix deletes it; it is rebuilt"
        )


def _sqlite_trouble(path: str) -> str:
    from urllib.parse import quote

    try:
        db = sqlite3.connect(f"file:{quote(path)}?mode=ro", uri=True, timeout=2.0)
        try:
            (answer,) = db.execute("pragma quick_check(1)").fetchone()
        finally:
            db.close()
    except sqlite3.OperationalError as error:
        return "" if "locked" in str(error) else f"cannot be read: {error}"
    except sqlite3.DatabaseError as error:
        return f"is damaged: {error}"
    return "" if answer == "ok" else f"is damaged: {escape(str(answer))}"


def _links(view: Ground) -> Iterator[Finding]:
    """Folders that are reached through a link: whoever can change that one decides where memory is."""
    ways = {
        view.directory: "give the real path as memory_dir or memory_home in config.toml",
        places.store_state(view.directory): "set MEMCTL_STATE_DIR to the real path",
        places.cache_dir(): "set MEMCTL_CACHE_DIR to the real path",
        places.config_dir(): "set MEMCTL_CONFIG_DIR to the real path",
    }
    told = set()
    for folder, way in ways.items():
        link = _first_link(os.path.abspath(folder))
        if link and link not in told:
            told.add(link)
            real = escape(os.path.realpath(link))
            whose = "" if link == folder else f", through which {escape(folder)} is reached,"
            message = f"{escape(link)}{whose} is a symbolic link to {real}"
            repair = f"{way}, or put the folder itself there; as it is, do not let others change the link"
            yield Finding("place.link", "note", message, None, None, repair)


def _first_link(path: str) -> str:
    """The topmost part of an absolute path that is a link; "" when there is none."""
    above, _ = os.path.split(path)
    earlier = _first_link(above) if above != path else ""
    return earlier or (path if os.path.islink(path) else "")


def _state_modes(view: Ground) -> Iterator[Finding]:
    """Histories and proposals hold what memories hold, so they are as private."""
    for path in (places.state_dir(), places.store_state(view.directory)):
        try:
            mode = stat.S_IMODE(os.stat(path).st_mode)
        except OSError:
            continue
        if mode & 0o077:
            message = f"{escape(path)} may be entered by others (mode {mode:04o})"
            yield Finding("permission.state", "warning", message, repair="memctl doctor --fix")


def check_path() -> Iterator[Finding]:
    """Whether `memctl` on PATH is this program: another project of that name is on PyPI."""
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        path = os.path.join(folder or ".", "memctl")
        if not (os.path.isfile(path) and os.access(path, os.X_OK)):
            continue
        if not _is_ours(path):
            message = f"`memctl` on PATH is {escape(path)}, which is another program"
            repair = "put the folder of this memctl first on PATH, or uninstall the other one"
            yield Finding("path.foreign", "warning", message, repair=repair)
        return


def _is_ours(path: str) -> bool:
    """A console script names its entry point; what is no script cannot be judged and is let pass."""
    try:
        with open(path, "rb") as file:
            head = file.read(8192)
    except OSError:
        return True
    is_script = head.startswith(b"#!") and b"python" in head.split(b"\n", 2)[0] + head[:400]
    return not is_script or b"memctl.__main__" in head or b"memctl-cli" in head


def check_credentials(online: bool) -> Iterable[Finding]:
    """Whether a model can be asked: by what is there, or with `online` by asking one short question."""
    try:
        _ask(online)
    except ModelFailed as error:
        severity = "warning" if online else "note"
        message = f"{escape(error.message)}; recall uses the lexical selector"
        return [Finding(f"credentials.{error.slug}", severity, message, repair=error.hint)]
    except MemctlError as error:
        return [Finding("settings.damaged", "error", escape(error.message), repair=error.hint)]
    return []


def _ask(online: bool) -> None:
    """Raises ModelFailed when no model can be asked, MemctlError when the settings cannot be read."""
    from memctl.llm import claude, prompts
    from memctl.llm.choose import choose

    provider = choose(settings.load(), "select")
    if online:
        provider.ask(prompts.select("Is anyone there?", "", 1), ONLINE_SECONDS)
    elif provider.name != "anthropic":
        provider.warm()
    elif not claude.credentials_likely():  # warm() would import the SDK, which takes most of a second
        cure = (
            "a model without a key: memctl config set command 'claude -p';"
            " never one: memctl config set selector lexical"
        )
        raise ModelFailed("no credentials for the Anthropic API were found", slug="no-credentials", hint=cure)
