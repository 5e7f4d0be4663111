"""The places computed by hand are platformdirs' places."""

import os
import stat
from pathlib import Path

import platformdirs
import pytest

from memctl import places


@pytest.mark.parametrize("kind", ["config", "data", "state", "cache"])
@pytest.mark.parametrize("xdg", [None, "", "/some/where"])
def test_equal_to_platformdirs(kind: str, xdg: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if xdg is not None:
        monkeypatch.setenv(f"XDG_{kind.upper()}_HOME", xdg)
    theirs = getattr(platformdirs, f"user_{kind}_dir")("memctl", appauthor=False)
    assert getattr(places, f"{kind}_dir")() == theirs


@pytest.mark.parametrize("kind", ["config", "state", "cache"])
def test_own_variable_overrides(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"MEMCTL_{kind.upper()}_DIR", "/over/ride")
    assert getattr(places, f"{kind}_dir")() == "/over/ride"


def test_one_directory_has_one_key_however_it_is_reached(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    link = tmp_path / "link"
    link.symlink_to(real)
    assert places.store_key(str(link)) == places.store_key(str(real))
    assert places.store_key(str(real)) != places.store_key(str(tmp_path))


def test_init_makes_private_directories_whatever_the_umask(tmp_path: Path) -> None:
    from tests.kit.cli import Memctl

    old = os.umask(0)
    try:
        made = Memctl(cwd=tmp_path)("init", MEMCTL_HOME=str(tmp_path / "home")).lines[0]
    finally:
        os.umask(old)
    assert stat.S_IMODE(os.stat(made).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(tmp_path / "home").st_mode) == 0o700
