"""The places computed by hand are platformdirs' places."""

import os
import stat
from pathlib import Path

import platformdirs
import pytest

from memctl import places
from tests.kit.cli import Memctl
from tests.kit.warm import Warm


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
    old = os.umask(0)
    try:
        made = Memctl(cwd=tmp_path)("init", MEMCTL_HOME=str(tmp_path / "home")).lines[0]
    finally:
        os.umask(old)
    assert stat.S_IMODE(os.stat(made).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(tmp_path / "home").st_mode) == 0o700


@pytest.mark.parametrize("value", ["here", "./here", "../here", "~nobody-of-that-name/x"])
@pytest.mark.parametrize("variable", places.VARIABLES)
def test_a_relative_place_is_refused_with_its_variable(
    warm: Warm, tmp_path: Path, variable: str, value: str
) -> None:
    for arguments in (("path",), ("save", "Deploys go out on Tuesday")):
        done = Memctl(cwd=tmp_path, warm=warm)(*arguments, code=5, **{variable: value})
        assert variable in done.err
        assert not done.out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("variable", places.VARIABLES)
@pytest.mark.parametrize("value", ["~/elsewhere", "", "  "])
def test_a_place_may_begin_at_home_or_be_blank(warm: Warm, tmp_path: Path, variable: str, value: str) -> None:
    assert Memctl(cwd=tmp_path, warm=warm)("path", **{variable: value}).out.startswith(os.environ["HOME"])


def test_a_working_tree_is_the_outermost_and_never_a_home_kept_in_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = tmp_path / "project" / "vendored" / "deep"
    inner.mkdir(parents=True)
    assert places.working_tree(str(inner)) == ""
    (inner.parent / ".git").write_text("gitdir: ../.git/modules/vendored\n")
    assert places.working_tree(str(inner)) == str(inner.parent)
    (tmp_path / "project" / ".git").mkdir()
    assert places.working_tree(str(inner)) == str(tmp_path / "project")
    monkeypatch.setenv("HOME", str(tmp_path / "project" / "vendored"))
    assert places.working_tree(str(inner)) == ""
