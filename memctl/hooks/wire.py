"""JSON for hooks, without the 6 ms that importing `json` costs (it imports `re`).

CPython's json package is a thin layer over the C module `_json`; what a hook needs of it is used directly.
Where that module differs or is missing, `json` answers. On the hot path: imports nothing else.
"""


class _Context:
    """What the C scanner asks its caller for; the values are those of `json.loads`."""

    strict = False
    object_hook = None
    object_pairs_hook = None
    array_hook = None
    parse_float = float
    parse_int = int
    memo: "dict[str, str]" = {}  # noqa: RUF012 - the scanner's own, one per process

    @staticmethod
    def parse_constant(name: str) -> None:
        """NaN and the infinities are no JSON; a hook has no use for them."""


def loads(text: str) -> object:
    """The value of the JSON document `text`. Raises ValueError when it is none."""
    try:
        from _json import make_scanner
    except ImportError:  # pragma: no cover - another interpreter than CPython
        return _slow_loads(text)
    start = 0
    while start < len(text) and text[start] in " \t\r\n\ufeff":
        start += 1
    try:
        value, end = make_scanner(_Context)(text, start)  # type: ignore[arg-type]
    except (
        StopIteration,
        SystemError,
    ):  # SystemError: it looks for an exception of the unloaded json package
        raise ValueError("not JSON") from None
    except RecursionError:
        raise ValueError("nested too deep") from None
    if text[end:].strip(" \t\r\n\0"):
        raise ValueError("text after the JSON document")
    return value


def _slow_loads(text: str) -> object:  # pragma: no cover
    import json

    return json.loads(text.lstrip("\ufeff"))


def dumps(value: object) -> str:
    """`value` (texts, booleans, numbers, mappings and lists of them) as one line of JSON that can always be
    encoded as UTF-8; characters beyond ASCII stay themselves, so that the length is the reader's."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(str(key))}: {dumps(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join([dumps(item) for item in value]) + "]"
    return "null" if value is None else str(value)


def _text(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-8", "replace").decode()
    try:
        from _json import encode_basestring
    except ImportError:  # pragma: no cover
        import json

        return json.dumps(text, ensure_ascii=False)
    return str(encode_basestring(text))
