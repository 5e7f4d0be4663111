"""No test here sees the credentials, the home or the state of whoever runs it."""

import os
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("ANTHROPIC_", "MEMCTL_", "CLAUDE")):
            monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for kind in ("CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"MEMCTL_{kind}_DIR", str(tmp_path / kind.lower()))
    monkeypatch.setenv("NO_PROXY", "*")
