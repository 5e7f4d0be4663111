"""A server of the SDK's name and shape that answers `initialize` and `tools/call`, a JSON line each."""

import json
import sys
from collections.abc import Callable
from typing import Any


def _is_broken(asked: dict[str, Any]) -> bool:
    """Whether the SDK could not read it: such a message gets no answer."""
    try:
        json.dumps(asked, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


class FastMCP:
    """Tools on stdin and stdout until stdin ends."""

    def __init__(self, name: str, instructions: str = "") -> None:
        self._about = {
            "protocolVersion": "2025-06-18",
            "capabilities": {"tools": {}},
            "serverInfo": {"name": name, "version": "0"},
            "instructions": instructions,
        }
        self._tools: dict[str, Callable[..., str]] = {}

    def add_tool(self, fn: Callable[..., str], name: str, description: str = "") -> None:
        """Offer `fn` as the tool `name`."""
        self._tools[name] = fn

    def run(self, transport: str) -> None:
        """Answer requests; notifications have no id and get no answer."""
        for line in sys.stdin:
            asked = json.loads(line)
            if "id" not in asked or _is_broken(asked):
                continue
            answer = self._about if asked["method"] == "initialize" else self._call(asked["params"])
            print(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": answer}), flush=True)

    def _call(self, wanted: dict[str, Any]) -> dict[str, Any]:
        try:
            text, failed = self._tools[wanted["name"]](**wanted["arguments"]), False
        except Exception as error:  # the SDK too turns whatever a tool raises into an answer
            text, failed = str(error), True
        return {"content": [{"type": "text", "text": text}], "isError": failed}
