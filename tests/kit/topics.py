"""Topic files for tests."""

import os
from pathlib import Path


def topic(
    name: str,
    description: str = "a description",
    body: str = "The fact.\n",
    type_: str = "project",
    **metadata: str,
) -> str:
    """The text of a topic file in the current form; `metadata` goes under that key."""
    lines = [f"  {key}: {value}\n" for key, value in {"type": type_, **metadata}.items()]
    return f"---\nname: {name}\ndescription: {description}\nmetadata:\n{''.join(lines)}---\n{body}"


def write_topic(
    directory: Path, stem: str, description: str = "", body: str = "", *, age: float = 1000.0, **metadata: str
) -> Path:
    """Write `stem`.md, as old as `age` seconds. Returns its path."""
    path = directory / f"{stem}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    kind = metadata.pop("type", "project")
    path.write_text(
        topic(path.stem, description or path.stem, f"{body}\n", kind, **metadata), encoding="utf-8"
    )
    old = path.stat().st_mtime - age
    os.utime(path, (old, old))
    return path
