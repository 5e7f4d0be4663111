"""What settings files say. Loaded once a file is known to hold the key: the parsers cost a prompt time."""

import json
import tomllib

from memctl.errors import MemctlError


def of_toml(file: str, data: bytes, key: str) -> str:
    """The text that `key` has in `data`, which was read from our own `file`; "" for none.

    Raises MemctlError for what is no TOML, or no text.
    """
    try:
        value = tomllib.loads(data.decode("utf-8")).get(key, "")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MemctlError(f"{file}: {error}", hint="mend or remove the file", slug="config") from None
    if not isinstance(value, str):
        raise MemctlError(f"{file}: {key} must be a text", hint=f'write {key} = "/a/path"', slug="config")
    return value


def of_json(data: bytes) -> dict[str, object]:
    """Another program's settings; nothing when they are no JSON object: that is its own to report."""
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
