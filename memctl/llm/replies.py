"""From what a model wrote to the object that was asked for.

Structured output is a request, not a guarantee: servers that only resemble the Messages API ignore the
schema, models put prose or a fence around the JSON, think aloud first, or answer through a tool. All of
that is read; what holds no object of the right shape is a `bad-reply`.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from memctl.llm.provider import Unusable

SCAN_MAX = 400_000
"""Characters of an answer that are searched for JSON; an answer of ours is below 100,000."""


def find_object(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """The last JSON object in `text` that fits `schema`; a bare list stands for its only list.

    Raises Unusable (`bad-reply`) when there is none.
    """
    fitting = None
    for value in values(text[:SCAN_MAX]):
        shaped = shape(value, schema)
        if shaped is not None:
            fitting = shaped
    if fitting is None:
        raise Unusable("the model's answer holds no usable JSON")
    return fitting


def shape(value: object, schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """`value` as an object with every required key of `schema`, each of the right type; None if it is not.

    Where the schema asks for one list only, a bare list and an object with one list under another key are
    taken for it.
    """
    properties: Mapping[str, Any] = schema.get("properties", {})
    required = list(schema.get("required", properties))
    if isinstance(value, Mapping):
        if all(key in value and _fits(value[key], properties.get(key, {})) for key in required):
            return dict(value)
        lists = [v for v in value.values() if isinstance(v, list)]
        value = lists[0] if len(value) == 1 and lists else None
    if isinstance(value, list) and len(required) == 1 and _fits(value, properties.get(required[0], {})):
        return {required[0]: value}
    return None


_TYPES: dict[str, type | tuple[type, ...]] = {
    "array": list, "object": dict, "string": str, "integer": int, "number": (int, float), "boolean": bool,
}  # fmt: skip


def _fits(value: object, schema: Mapping[str, Any]) -> bool:
    if not isinstance(value, _TYPES.get(schema.get("type", ""), object)):
        return False
    kind = schema.get("items", {}).get("type")
    # A stray item of another type is dropped by whoever reads the list; a list of nothing else is no answer.
    if isinstance(value, list) and value and kind in _TYPES:
        return any(isinstance(item, _TYPES[kind]) for item in value)
    return True


def values(text: str) -> Iterator[object]:
    """Every outermost JSON object or list in `text`, in order."""
    decoder = json.JSONDecoder()
    at = 0
    failures = 0
    while failures < 200:  # each failure may scan to the end; prose has few braces
        at = min((i for i in (text.find("{", at), text.find("[", at)) if i >= 0), default=-1)
        if at < 0:
            return
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            failures += 1
            at += 1
            continue
        yield value
