"""The home directory of somebody who has used the released version 0.1.0, unpacked anew for each test.

How it was made is in `tests/fixtures/state_0_1_0/make.py`; `said` is what that version said of it.
"""

import hashlib
import json
import os
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memctl import places
from memctl.store.state.resolve import slug
from tests.kit.cli import Memctl

FIXTURE = Path(__file__).parent.parent / "fixtures" / "state_0_1_0"
MADE_IN = "/home/mira"

INTERPRETER = f"{MADE_IN}/.local/pipx/venvs/memctl/bin/python3"
"""What the installed hooks start. It is not there: pipx removes it with the old version."""

Document = dict[str, Any]


@dataclass(frozen=True)
class Home:
    """The home directory at `path`, and what version 0.1.0 said of it."""

    path: Path
    said: Document

    def at(self, project: str) -> Memctl:
        """memctl in a folder of the home directory."""
        return Memctl(self.path / project, env={"HOME": str(self.path), "TZ": "UTC"})

    @property
    def memory(self) -> Path:
        """The memory directory of the shop."""
        return self.path / ".claude" / "projects" / slug(str(self.path / "shop")) / "memory"

    @property
    def store(self) -> Path:
        """What is kept about it."""
        return self.path / ".local" / "state" / "memctl" / "stores" / places.store_key(str(self.memory))

    @property
    def cache(self) -> Path:
        """Its search cache."""
        return self.path / ".cache" / "memctl" / f"{places.store_key(str(self.memory))}.sqlite"

    def transcript(self, session: str) -> str:
        """The file of a recorded session."""
        return str(self.memory.parent / f"{session}.jsonl")

    def files(self) -> dict[str, bytes]:
        """Every file of the memory directory."""
        found = (path for path in self.memory.rglob("*") if path.is_file())
        return {str(path.relative_to(self.memory)): path.read_bytes() for path in found}


def unpack(top: Path) -> Home:
    """The home directory below `top`, as version 0.1.0 would have left it there."""
    home = Path(os.path.realpath(top)) / "mira"
    with tarfile.open(FIXTURE / "home.tar.gz") as tar:
        tar.extractall(home, filter="tar")
    moved = _Moved(str(home))
    for folder in (".claude/projects", ".local/share/memctl/projects"):
        for project in (home / folder).iterdir():
            project.rename(project.with_name(moved.text(project.name)))
    for record in home.glob(".local/state/memctl/stores/*/project"):
        record.write_text(moved.text(record.read_text()))
        moved.store(home, record)
    for installed in home.glob(".local/state/memctl/installed/*.json"):
        about = json.loads(installed.read_text())
        about["path"] = moved.text(about["path"])
        installed.write_text(json.dumps(about))
        digest = hashlib.sha256(about["path"].encode()).hexdigest()
        installed.rename(installed.with_name(f"{digest[:24]}.json"))
    said = json.loads(moved.text((FIXTURE / "said.json").read_text()))
    return Home(home, said)


@dataclass(frozen=True)
class _Moved:
    """The move of the home directory from where it was made to `to`."""

    to: str

    def text(self, text: str) -> str:
        """`text` with paths, and the names that Claude Code makes of them, in line with the move."""
        named = text.replace(slug(MADE_IN), slug(self.to))
        return re.sub(re.escape(MADE_IN) + r"(?!/\.local/pipx)", self.to, named)

    def store(self, home: Path, record: Path) -> None:
        """A store and all that is named after it gets the name that follows from its memory directory."""
        old, (_, directory) = record.parent.name, record.read_text().splitlines()[0].split(" ", 1)
        new = places.store_key(directory)
        for folder in (".local/state/memctl/stores", ".cache/memctl"):
            for path in (home / folder).glob(f"{old}*"):
                path.rename(path.with_name(path.name.replace(old, new)))
