"""Writing one setting to the user's `config.toml`, line by line, so that comments and order stay."""

import os
import re

from memctl.errors import MemctlError, UsageError
from memctl.places import make_private
from memctl.settings import check, config_file
from memctl.store.disk.files import write_private


def write(name: str, value: str) -> str:
    """Set `name` to `value` (remove it when `value` is empty) and return the path of the file.

    The value passes the checks of any start of memctl first: UsageError names what is accepted. Other values
    of the file are not looked at, so that a wrong one can be put right. Raises MemctlError for a file that
    is no TOML.
    """
    literal = _literal(name, value) if value else None
    path = os.path.realpath(config_file())  # a link stays, and its target is written
    try:
        with open(path, encoding="utf-8") as handle:
            old = handle.read()
    except FileNotFoundError:
        old = ""
    new = _replace(old, name, literal)
    _check(new, path)
    make_private(os.path.dirname(path))
    write_private(path, new.encode())
    return path


def _literal(name: str, value: str) -> str:
    """`value` as TOML has it."""
    try:
        kept = check(name, value, name)
    except MemctlError as error:
        raise UsageError(error.message, hint=error.hint) from None
    if isinstance(kept, bool):
        return str(kept).lower()
    if isinstance(kept, int | float):
        return repr(kept).removesuffix(".0")
    import json

    return json.dumps(kept, ensure_ascii=False)


def _replace(text: str, name: str, literal: str | None) -> str:
    """`text` with the top-level key `name` set, before the first table."""
    table = re.search(r"^[ \t]*\[", text, re.M)
    head, tail = (text[: table.start()], text[table.start() :]) if table else (text, "")
    line = re.compile(rf"^[ \t]*{re.escape(name)}[ \t]*=[^\n]*\n?", re.M)
    if literal is None:
        return line.sub("", head, count=1) + tail
    entry = f"{name} = {literal}\n"
    if line.search(head):
        return line.sub(lambda _: entry, head, count=1) + tail
    gap = "" if not head or head.endswith("\n") else "\n"
    return head + gap + entry + tail


def _check(text: str, path: str) -> None:
    import tomllib

    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MemctlError(f"{path}: {error}", hint="mend the file by hand first", slug="config") from None
