"""Where a token stands: every file below some folders, byte for byte, and every object of their git repositories."""

import subprocess
from pathlib import Path


def holds(token: str, *tops: str | Path) -> list[str]:
    """The files and repositories below `tops` that hold `token`; case is not told apart."""
    needle = token.lower().encode()
    paths = [path for top in tops for path in Path(top).rglob("*")]
    found = [str(path) for path in paths if path.is_file() and needle in path.read_bytes().lower()]
    found += [str(path) for path in paths if needle in path.name.lower().encode()]
    for path in paths:
        if path.name == "HEAD" and (path.parent / "objects").is_dir():
            line = ["git", "--git-dir", str(path.parent), "cat-file", "--batch-all-objects", "--batch"]
            done = subprocess.run(line, capture_output=True, check=False)  # a half-made one says what it can
            if needle in done.stdout.lower():
                found.append(str(path.parent))
    return found
