"""A setting that is a list of names, each with a value where one is given: `"claude-code, codex=MODEL"`.

On the hot path: imports nothing.
"""


def read(text: str) -> "dict[str, str]":
    """Name -> value, "" where none is given, in the order in which they stand."""
    pairs = (part.partition("=") for part in text.split(","))
    return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}
