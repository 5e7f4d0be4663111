"""What is acknowledged is on disk: the only test whose writes wait for it, as a user's do."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

from tests.kit.cli import Memctl

NOTING = """
import os
real = os.fsync
def noting(handle):
    real(handle)
    with open({log!r}, "a") as log:
        print(os.fstat(handle).st_ino, file=log)
os.fsync = noting
"""
"""Python runs it before memctl: each fsync that has succeeded, by the number of the file."""


def test_a_save_waits_for_the_disk(memctl: Memctl, memory_dir: Path, tmp_path: Path) -> None:
    tools, log, events = tmp_path / "tools", tmp_path / "log", tmp_path / "events"
    tools.mkdir()
    (tools / "sitecustomize.py").write_text(NOTING.format(log=str(log)))
    (tools / "git").write_text(f'#!/bin/sh\nGIT_TRACE2_EVENT={events} exec {shutil.which("git")} "$@"\n')
    (tools / "git").chmod(0o755)
    cold = replace(memctl, warm=None)
    cold("save", "Lamps are lit from the left", "--name", "lamps")
    cold.env = {"PYTHONPATH": str(tools), "PATH": f"{tools}:{cold.environment()['PATH']}"}
    cold("save", "Shutters are green", "--name", "shutters")
    synced = log.read_text().split()
    written = ((memory_dir / "shutters.md", 1), (memory_dir / "MEMORY.md", 1), (memory_dir, 2))
    for path, names in written:  # a folder for each of the names in it
        assert synced.count(str(path.stat().st_ino)) >= names, path.name
    said = [json.loads(line) for line in events.read_text().splitlines()]
    flushes = sum(int(one["value"]) for one in said if one.get("key") == "fsync/hardware-flush")
    assert flushes >= 5, "git: two files, their tree, the commit and the branch"
