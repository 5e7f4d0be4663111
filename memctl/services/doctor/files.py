"""Checks of the files themselves: kind, header, name, size, permissions, and what others left behind."""

import os
import re
import stat
from collections.abc import Iterator

from memctl.domain.finding import Finding
from memctl.domain.memory import INDEX, is_index, stem
from memctl.services import guard
from memctl.services.doctor.view import View, siblings
from memctl.services.guard import names
from memctl.text.escape import escape, shell_word

_LEFTOVERS = re.compile(
    r"""~$ | ^\.?\#.*\#?$ | ^\.[^/]+\.sw[a-p]$ | \.(?:orig|rej|bak|old|tmp|swp|part|crdownload)$
    | \.sync-conflict-\d | \(conflicted\ copy | \((?:[^()]*'s\ )?conflict(?:ed)?\b[^()]*\)
    | \ \(\d{1,3}\)\.[^.]+$ | ^Copy\ of\  | \ -\ Copy(?:\ \(\d+\))?\.[^.]+$ | \ copy(?:\ \d+)?\.[^.]+$
    | ^\.~lock\. | ^\.syncthing\. | ^\.fuse_hidden | ^\.nfs[0-9a-f]{8} | ^\.stfolder$""",
    re.VERBOSE | re.IGNORECASE,
)
"""Names that Emacs, Vim, patch, Dropbox, Syncthing, Nextcloud, browsers, Windows and macOS make."""

_OWN = re.compile(r"^\.memctl-(?:new|old)-")


def check(view: View) -> Iterator[Finding]:
    """Findings about each file of the directory."""
    for file, message in view.problems:
        yield Finding("file.odd", "error", f"{escape(file)} {message}", file, None, _way_out(view, file))
    if view.index_trouble and INDEX not in dict(view.problems):
        yield Finding("file.odd", "error", view.index_trouble, INDEX, None, "replace it by a regular file")
    yield from _headers(view)
    yield from _names(view)
    yield from _entries(view)


def _way_out(view: View, file: str) -> str:
    """How the odd `file` becomes a regular one."""
    path = os.path.join(view.directory, *file.split("/"))
    target = os.path.realpath(path)
    if not os.path.islink(path) or not os.path.isfile(target):
        return "replace it by a regular file"
    return f"mv {shell_word(target)} {shell_word(path)} puts the file itself there"


def _headers(view: View) -> Iterator[Finding]:
    for memory in view.charts:
        for warning in memory.warnings:
            message = f"{escape(memory.file)}: {warning}"
            repair = f"memctl edit {shell_word(stem(memory.file))}"
            yield Finding("frontmatter.damaged", "warning", message, memory.file, 1, repair)
        if memory.type is None and not memory.warnings:
            message = f"{escape(memory.file)} has no type"
            repair = "give it a type: user, feedback, project or reference"
            yield Finding("frontmatter.type", "note", message, memory.file, memory.line("type"), repair)
        yield from guard.check_size(memory.size, file=memory.file)


def _names(view: View) -> Iterator[Finding]:
    """Names that another file system or reader takes for something else. Both files are kept."""
    for folder, found in siblings(view):
        by_fold: dict[str, str] = {}
        by_look: dict[str, str] = {}
        for name in sorted(found):
            file = f"{folder}/{name}" if folder else name
            if not is_index(file):
                yield from _shape(file, stem(name))
            first = by_fold.setdefault(names.folded(stem(name)), file)
            alike = by_look.setdefault(names.looks(stem(name)), file)
            if first != file:
                yield _same(file, first, "name.case", "differ only in case or Unicode normal form")
            elif alike != file:
                yield _same(file, alike, "name.lookalike", "look the same")
    yield from _shared(view)


def _shape(file: str, name: str) -> Iterator[Finding]:
    for finding in names.check_name(name):
        hidden = escape(name) != name
        severity = "warning" if hidden or finding.id in ("name.reserved", "name.length") else "note"
        repair = f"memctl mv {shell_word(stem(file))} NEW-NAME"
        yield Finding(finding.id, severity, f"{escape(file)}: {finding.message}", file, None, repair)


def _same(file: str, other: str, check_id: str, how: str) -> Finding:
    message = f"{escape(other)} and {escape(file)} {how}"
    return Finding(check_id, "warning", message, file, None, f"memctl mv {shell_word(stem(file))} NEW-NAME")


def _shared(view: View) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for memory in view.charts:
        other = first.setdefault(memory.name.casefold(), memory.file)
        if other != memory.file and memory.name:
            message = f"{escape(memory.file)} has the name of {escape(other)} in its header"
            repair = "give one of them another `name:`"
            yield Finding("name.shared", "note", message, memory.file, memory.line("name"), repair)


def _entries(view: View) -> Iterator[Finding]:
    """Every entry on disk, those that are no memories included: leftovers, permissions, hard links."""
    if not view.in_tree:
        yield from _directory_mode(view)
    listed = {memory.file for memory in view.charts}
    for folder in sorted({file.rpartition("/")[0] for file in listed} | {""}):
        try:
            entries = sorted(
                os.scandir(view.store.path(folder) if folder else view.directory), key=lambda e: e.name
            )
        except OSError:
            continue  # the listing has named it
        for entry in entries:
            file = f"{folder}/{entry.name}" if folder else entry.name
            yield from _entry(view, entry, file, listed)


def _entry(view: View, entry: "os.DirEntry[str]", file: str, listed: set[str]) -> Iterator[Finding]:
    shown = escape(file)
    if _OWN.match(entry.name):
        message = f"{shown} was left by a memctl that was stopped"
        yield Finding("leftover.own", "note", message, file, None, "the next memctl command removes it")
        return
    if _LEFTOVERS.search(entry.name):
        message = f"{shown} looks like what an editor or a sync tool left behind"
        repair = "compare it with the original, take over what is missing, then delete it"
        yield Finding("leftover.copy", "warning", message, file, None, repair)
    if is_index(entry.name) and entry.name != INDEX and "/" not in file:
        message = f"{shown} is neither a memory nor the index, which is {INDEX}"
        yield Finding(
            "name.index-case", "warning", message, file, None, f"take it over into {INDEX} and delete it"
        )
    if entry.is_symlink() and os.path.isdir(entry.path) and not entry.name.startswith("."):
        message = f"{shown} is a symbolic link to a folder; the memories in that are not read"
        repair = "put the folder itself there, or name it with --dir"
        yield Finding("place.link", "warning", message, file, None, repair)
    if file in listed or file == INDEX:
        yield from _mode(view, entry, file)


def _mode(view: View, entry: "os.DirEntry[str]", file: str) -> Iterator[Finding]:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return
    if not stat.S_ISREG(found.st_mode):
        return
    if found.st_nlink > 1:
        message = f"{escape(file)} is hard-linked: it is also a file somewhere else"
        yield Finding("file.linked", "warning", message, file, None, "an update through memctl parts the two")
    if not view.in_tree and found.st_mode & 0o077:
        message = f"{escape(file)} may be read by others (mode {stat.S_IMODE(found.st_mode):04o})"
        severity = "warning" if _is_open(view.directory) else "note"  # nobody gets through a closed directory
        yield Finding("permission.file", severity, message, file, None, "memctl doctor --fix")


def _directory_mode(view: View) -> Iterator[Finding]:
    try:
        mode = stat.S_IMODE(os.stat(view.directory).st_mode)
    except OSError:
        return
    if mode & 0o077:
        message = f"{escape(view.directory)} may be entered by others (mode {mode:04o})"
        yield Finding("permission.directory", "warning", message, None, None, "memctl doctor --fix")


def _is_open(directory: str) -> bool:
    try:
        return bool(os.stat(directory).st_mode & 0o077)
    except OSError:
        return True
