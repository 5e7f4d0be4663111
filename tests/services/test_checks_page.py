"""`docs/reference/checks.md` names every check id that the code can give, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = [
    *(ROOT / "memctl" / "services" / "doctor").glob("*.py"),
    ROOT / "memctl" / "services" / "guard" / "__init__.py",
    ROOT / "memctl" / "services" / "guard" / "names.py",
    ROOT / "memctl" / "services" / "write" / "reindex.py",
    ROOT / "memctl" / "format" / "drift.py",
    ROOT / "memctl" / "text" / "escape.py",
    ROOT / "memctl" / "hooks" / "checkup.py",
    ROOT / "memctl" / "hooks" / "silence.py",
]
FAMILIES = {"name": "_error", "index": "_finding"}


def in_code() -> set[str]:
    found: set[str] = set()
    for path in SOURCES:
        text = path.read_text()
        found |= set(re.findall(r'"([a-z]+\.[a-z][a-z-]*)"', text))
        for family, function in FAMILIES.items():
            if path.stem == ("names" if family == "name" else "drift"):
                found |= {f"{family}.{kind}" for kind in re.findall(rf'{function}\(\s*"([a-z-]+)"', text)}
        if path.stem == "escape":
            found |= {f"smuggled.{kind}" for kind in re.findall(r'"(control|separator|surrogate)"', text)}
            found |= {f"smuggled.{kind}" for kind in ("bidi", "zero-width", "invisible", "tag", "variation")}
        if path.stem == "checkup":
            found |= {f"hooks.{state}" for state in ("broken", "outdated", "partial")}
    return {check for check in found if not check.startswith(("memctl.", "credentials."))}


def on_the_page() -> set[str]:
    text = (ROOT / "docs" / "reference" / "checks.md").read_text()
    return set(re.findall(r"`([a-z]+\.[a-z][a-z-]*)`", text)) - {"memory.md", "config.toml"}


def test_the_page_and_the_code_agree() -> None:
    assert on_the_page() == in_code()


def test_no_check_stands_twice() -> None:
    text = (ROOT / "docs" / "reference" / "checks.md").read_text()
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    ids = [check for row in rows for check in re.findall(r"`([^`]+)`", row)]
    assert sorted(ids) == sorted(set(ids))
