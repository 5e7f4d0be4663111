"""What a context block holds and what it left out, as a JSON document."""

from hashlib import sha256
from typing import Any

from memctl.services.context.block import Block, tokens


def receipt(block: Block) -> dict[str, Any]:
    """Every line with its size and fate, the totals, and a hash of the whole text."""
    return {
        "directory": block.directory,
        "chars": len(block.text),
        "tokens": tokens(block.text),
        "sha256": sha256(block.text.encode("utf-8", "surrogatepass")).hexdigest(),
        "nonce": block.nonce,
        "included": [_unit(line) for line in block.lines if not line.reason],
        "dropped": [_unit(line) for line in block.lines if line.reason],
    }


def _unit(line: Any) -> dict[str, Any]:
    unit = {
        "kind": line.kind,
        "file": line.file or None,
        "chars": len(line.text),
        "tokens": tokens(line.text),
        "reason": line.reason or None,
    }
    if line.note:
        unit["note"] = line.note
    return unit
