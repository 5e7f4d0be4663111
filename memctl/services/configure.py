"""Writing one setting to the user's `config.toml`, line by line, so that comments and order stay."""

import os
import re
import tempfile

from memctl.errors import MemctlError
from memctl.settings import Settings, config_file, load


def write(name: str, value: str) -> str:
    """Set `name` to `value` (remove it when `value` is empty) and return the path of the file.

    The result is read back with the same checks as any start of memctl before it replaces the file, so a
    value that would not load is refused: MemctlError.
    """
    path = config_file()
    try:
        with open(path, encoding="utf-8") as handle:
            old = handle.read()
    except FileNotFoundError:
        old = ""
    load({name: value} if value else None)
    new = _replace(old, name, _literal(name, value) if value else None)
    _check(new, path)
    folder = os.path.dirname(path)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    handle_no, temporary = tempfile.mkstemp(dir=folder, prefix=".config-")
    with os.fdopen(handle_no, "w", encoding="utf-8") as handle:
        handle.write(new)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(temporary, path)
    return path


def _literal(name: str, value: str) -> str:
    wanted = type(getattr(Settings(), name))
    if wanted is bool:
        return "true" if value.lower() in ("1", "true", "yes", "on") else "false"
    if wanted in (int, float):
        return value
    import json

    return json.dumps(value, ensure_ascii=False)


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
