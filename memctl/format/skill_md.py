"""A skill as bytes: the format of agentskills.io, which every agent reads."""

from memctl.format.scalars import scalar


def encode(name: str, description: str, body: str) -> bytes:
    """The bytes of a `SKILL.md`: a header with name and description, and the Markdown `body` below it."""
    lines = (
        "---",
        f"name: {scalar(name)}",
        f"description: {scalar(description)}",
        "---",
        "",
        body.strip("\n"),
    )
    return ("\n".join(lines) + "\n").encode()
