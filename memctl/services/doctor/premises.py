"""What the doctor's findings rest on besides the files: its rules and all code below them, and settings.

Findings are kept under a hash of it. It rather says "something else" once too often: another version of
anything that is installed beside memctl, another setting, another time zone begin anew.
"""

import os
import sys
import time
from collections.abc import Iterator

from memctl import __version__, places, settings


def premises() -> str:
    """One value for all of it."""
    said = "\0".join([__version__, sys.version, *_code(), *_packages(), *_settings(), *map(str, time.tzname)])
    return places.blake2b(said.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def _code() -> Iterator[str]:
    """How every file of the program and its tables looks: which of them a check reaches need not be known."""
    pending = [places.package_file("")]
    while pending:
        folder = pending.pop()
        with os.scandir(folder) as found:
            for item in found:
                if item.is_dir():
                    pending.append(item.path)
                elif item.name.endswith((".py", ".toml")):
                    looks = item.stat()
                    yield f"{item.path} {looks.st_size} {looks.st_mtime_ns}"


def _packages() -> Iterator[str]:
    """The folders that packages are installed into, which change with every one of them."""
    for folder in sys.path:
        if folder.endswith("-packages") and os.path.isdir(folder):
            yield f"{folder} {os.stat(folder).st_mtime_ns}"


def _settings() -> Iterator[str]:
    yield from sorted(f"{name}={value}" for name, value in os.environ.items() if name.startswith("MEMCTL_"))
    try:
        looks = os.stat(settings.config_file())
        yield f"{looks.st_size} {looks.st_mtime_ns} {looks.st_ctime_ns}"
    except OSError:
        yield "no settings"
