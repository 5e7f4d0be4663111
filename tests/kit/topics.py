"""Writing topic files for tests."""

import os
from pathlib import Path


def topic(
    directory: Path, stem: str, description: str = "", body: str = "", *, age: float = 1000.0, **metadata: str
) -> Path:
    """Write `stem`.md, as old as `age` seconds; `metadata` goes under that key. Returns its path."""
    path = directory / f"{stem}.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["---", f"name: {path.stem}", f"description: {description or path.stem}", "metadata:"]
    lines += [f"  {key}: {value}" for key, value in {"type": "project", **metadata}.items()]
    path.write_text("\n".join([*lines, "---", body, ""]), encoding="utf-8")
    old = path.stat().st_mtime - age
    os.utime(path, (old, old))
    return path
