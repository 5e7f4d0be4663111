"""Writing one setting to the user's `config.toml`; comments, order, mode and other values stay."""

import os
from importlib.util import find_spec

from memctl import settings
from memctl.agents.actor import PERSON, actor
from memctl.errors import MemctlError, Refused, UsageError
from memctl.places import make_private
from memctl.store.disk import files


def write(name: str, value: str) -> str:
    """Set `name` to `value` (remove it when `value` is empty) and return the path of the file.

    The value passes the checks of any start of memctl first: UsageError names what is accepted. Other values
    of the file are not looked at, so that a wrong one can be put right. Raises Refused for an agent and what
    gives authority, MemctlError for a file that is no TOML, OSError when it cannot be written; in each case
    nothing was written.
    """
    if name in (*settings.FILE_ONLY, *settings.STEERING) and actor() != PERSON:
        raise Refused(
            f"{name} is the person's to set, and {actor()} runs this",
            hint="ask the person to set it",
            slug="approval",
        )
    kept = _checked(name, value) if value else None
    path = os.path.realpath(settings.config_file())  # a link stays, and its target is written
    old = settings.read(path)
    new = _edited(old, name, kept, path)
    make_private(os.path.dirname(path))
    mode = os.stat(path).st_mode & 0o777 if os.path.exists(path) else 0o600
    files.write_private(path, new.encode("utf-8"), mode)
    return path


EXTRAS = {"semantic": "semantic", "mcp_save": "mcp"}
"""Setting -> the extra of the package without which it does nothing, once it is not its default."""


def lacking(name: str, found: settings.Settings) -> str:
    """The extra without which the setting `name` does nothing as it is set; "" where none is lacking."""
    extra = EXTRAS.get(name, "")
    if not extra or getattr(found, name) == getattr(settings.Settings, name):
        return ""
    if extra == "mcp":
        return "" if find_spec("mcp") else extra
    from memctl.services.recall.semantic import available

    return "" if available() else extra


def _checked(name: str, value: str) -> str | int | float:
    """`value` as the setting holds it; a whole number stays one, so that `5` is written as 5."""
    try:
        value.encode("utf-8")
        kept: str | int | float = settings.check(name, value, name)
    except UnicodeEncodeError:
        raise UsageError(f"{name} is {value!r}", hint="a text in UTF-8") from None
    except MemctlError as error:
        raise UsageError(error.message, hint=error.hint) from None
    return int(kept) if isinstance(kept, float) and kept.is_integer() else kept


def _edited(old: str, name: str, kept: str | int | float | None, path: str) -> str:
    """The TOML text `old` with the top-level key `name` set to `kept` (None: without the key)."""
    wanted = settings.parse(old, path)
    wanted.pop(name, None)
    import tomlkit

    if old and not old.endswith("\n"):
        old += "\n"  # some versions of tomlkit put a new key on the same line
    crlf = "\r\n" in old and old.count("\n") == old.count("\r\n")  # tomlkit ends a new line with \n alone
    document = tomlkit.parse(old.replace("\r\n", "\n") if crlf else old)
    if kept is not None:
        wanted[name] = document[name] = kept
    elif name in document:
        document.remove(name)
    new = document.as_string()
    if settings.parse(new, path) != wanted:  # an odd layout may swallow a new key into a table
        raise MemctlError(f"{path}: {name} cannot be set there", hint="edit the file by hand", slug="config")
    return new.replace("\n", "\r\n") if crlf else new
