"""A lazy package offers what an ordinary import offers, and imports less."""

import subprocess
import sys
from pathlib import Path

import pytest

INIT = """\
from __future__ import annotations

import os
from . import plain
from .one import One as One, other as other
from .two import (
    Two as Two,  # the second
    TWO,
)
from .gone import Gone
from .deep import Deep

if os.sep:
    from .three import Three

made_here = "made here"
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    root = tmp_path / "toy"
    (root / "deep").mkdir(parents=True)
    (root / "clash").mkdir()
    (root / "__init__.py").write_text(INIT.replace("from .gone import Gone\n", ""))
    (root / "plain.py").write_text("VALUE = 1\n")
    (root / "one.py").write_text("class One: ...\ndef other(): return 'other'\n")
    (root / "two.py").write_text("class Two: ...\nTWO = 2\n")
    (root / "three.py").write_text("class Three: ...\n")
    (root / "unlisted.py").write_text("VALUE = 9\n")
    (root / "deep" / "__init__.py").write_text("from .er import Deep as Deep\n__all__ = ['Deep']\n")
    (root / "deep" / "er.py").write_text("class Deep: ...\n")
    (root / "clash" / "__init__.py").write_text("from .same import same\n")
    (root / "clash" / "same.py").write_text("def same(): return 'the function'\n")
    return tmp_path


def run(package: Path, code: str) -> list[str]:
    start = "from memctl.llm import lazy_import\nimport sys\nlazy_import.install('toy')\n"
    show = "\nprint(*sorted(m for m in sys.modules if m.startswith('toy')))\n"
    return subprocess.run(
        [sys.executable, "-c", start + code + show],
        cwd=package, capture_output=True, text=True, timeout=60, check=True,
    ).stdout.splitlines()  # fmt: skip


@pytest.mark.parametrize(
    ("code", "printed", "loaded"),
    [
        ("import toy", [], "toy"),
        ("from toy import One; print(One.__name__)", ["One"], "toy toy.one"),
        ("import toy; print(toy.TWO)", ["2"], "toy toy.two"),
        ("import toy; print(toy.Three.__name__)", ["Three"], "toy toy.three"),
        ("from toy import plain; print(plain.VALUE)", ["1"], "toy toy.plain"),
        ("from toy import unlisted; print(unlisted.VALUE)", ["9"], "toy toy.unlisted"),
        ("import toy.deep.er", [], "toy toy.deep toy.deep.er"),
        ("from toy import Deep; print(Deep.__module__)", ["toy.deep.er"], "toy toy.deep toy.deep.er"),
        ("from toy.deep import *; print(Deep.__name__)", ["Deep"], "toy toy.deep toy.deep.er"),
        ("import toy.clash; print(toy.clash.same())", ["the function"], "toy toy.clash toy.clash.same"),
    ],
)
def test_a_name_is_imported_from_where_it_is_defined(
    package: Path, code: str, printed: list[str], loaded: str
) -> None:
    assert run(package, code) == [*printed, loaded]


def test_what_the_source_does_not_say_plainly_has_the_package_executed(package: Path) -> None:
    assert run(package, "import toy; print(toy.made_here, toy.One.__name__)")[0] == "made here One"


def test_a_name_that_is_not_there_is_not_found(package: Path) -> None:
    code = "import toy\ntry: toy.nothing\nexcept AttributeError as e: print(e)"
    assert run(package, code)[0] == "module 'toy' has no attribute 'nothing'"


def test_an_import_that_fails_fails_as_it_would(package: Path) -> None:
    (package / "toy" / "__init__.py").write_text(INIT)
    code = "import toy\ntry: toy.Gone\nexcept ModuleNotFoundError as e: print(e.name)"
    assert run(package, code)[0] == "toy.gone"


def test_it_can_be_undone(package: Path) -> None:
    code = "import toy\nlazy_import.remove('toy')\nimport toy\nprint(len(sys.meta_path) == before)"
    done = subprocess.run(
        [
            sys.executable, "-c",
            "from memctl.llm import lazy_import\nimport sys\nbefore = len(sys.meta_path)\nlazy_import.install('toy')\n"
            + code + "\nprint('toy.two' in sys.modules)",
        ],
        cwd=package, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["True", "True"]


def test_the_sdk_is_complete_to_who_asks_for_more(tmp_path: Path) -> None:
    code = (
        "from memctl.llm import lazy_import; import sys; lazy_import.install('anthropic'); import anthropic\n"
        "few = len(sys.modules)\n"
        "print(anthropic.Anthropic.__name__, anthropic.APIError.__name__, anthropic.types.Message.__name__)\n"
        "c = anthropic.Anthropic(api_key='x'); print(c.beta.messages.__class__.__name__)\n"
        "missing = [n for n in anthropic.__all__ if not hasattr(anthropic, n)]\n"
        "print(missing, few < 300 < len(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines() == ["Anthropic APIError Message", "Messages", "[] True"]
