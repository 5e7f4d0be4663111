"""What of a topic file no model may say: where it comes from, what it rests on, whether it is pinned."""

from memctl.domain.memory import Memory
from memctl.errors import Refused


def refuse_smuggled(before: Memory, given: Memory) -> None:
    """Raise Refused where the header of `given`, which a model wrote in the place of `before`, says anything
    new but name, description, type and when it was changed."""
    repeated = any("stands twice" in warning for warning in given.warnings if warning not in before.warnings)
    if repeated or _said(given) != _said(before):
        raise Refused(
            f"{before.file}: of a header, name, description and type can be changed here, nothing else",
            hint="leave the other lines of the header as they are",
            slug="smuggled",
        )


def _said(memory: Memory) -> dict[str, object]:
    """What the header says beside name, description and type, and when it was changed."""
    rest = {k: v for k, v in memory.header.items() if k not in ("name", "description", "type", "metadata")}
    inner = {k: v for k, v in memory.metadata.items() if k not in ("type", "modified")}
    return {**rest, "metadata": inner}
