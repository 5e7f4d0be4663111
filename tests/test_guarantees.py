"""Every promise that the documentation makes names the tests that hold it, and they are there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GUARANTEES = (ROOT / "docs" / "explanation" / "guarantees.md").read_text()
README = (ROOT / "README.md").read_text()

TEST = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


def section(text: str, title: str) -> str:
    """What stands under the heading `title`, up to the next heading of its level or above."""
    found = re.search(rf"^(#+) {re.escape(title)}\n", text, re.M)
    assert found, f"no section {title!r}"
    rest = text[found.end() :]
    after = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.M)
    return rest[: after.start()] if after else rest


def promises(text: str) -> list[str]:
    """The items of a section's lists, each with the lines that go on with it."""
    return [item.strip() for item in re.split(r"^(?:\d+\.|-) ", text, flags=re.M)[1:]]


def unheld(text: str) -> list[str]:
    """The beginnings of the promises that name no test, or one that does not exist."""
    return [item[:80] for item in promises(text) if not holds(item)]


def holds(promise: str) -> bool:
    named = TEST.findall(promise)
    return bool(named) and all(test and test in functions(ROOT / file) for file, test in named)


def functions(path: Path) -> set[str]:
    """The tests of a file that can fail: those that assert, or expect a failure, or call something that does."""
    if not path.exists():
        return set()
    tree = ast.parse(path.read_text())
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and any(isinstance(part, ast.Assert | ast.Call | ast.With) for part in ast.walk(node))
    }


def test_each_promise_names_the_tests_that_hold_it() -> None:
    text = section(GUARANTEES, "The promises")
    assert len(promises(text)) > 20
    assert unheld(text) == []


@pytest.mark.parametrize(
    "item",
    [
        "1. **Acknowledged means durable.** No test at all.",
        "1. **Held by a file.** Not by a test in it. (`tests/test_guarantees.py`)",
        "1. **Held by nothing.** (`tests/test_guarantees.py::test_that_never_was`)",
        "- **Held by no file.** (`tests/test_never.py::test_it`)",
    ],
)
def test_a_promise_without_a_test_is_noticed(item: str) -> None:
    assert unheld(f"{item}\n") == [item.partition(" ")[2][:80]]


def test_what_the_readme_guarantees_is_promised_in_full() -> None:
    """Each guarantee of the README is a heading over promises."""
    said = re.findall(r"^- \*\*([^*]+?)\.?\*\*", section(README, "What is guaranteed"), re.M)
    promised = re.findall(r"^### (.+)$", section(GUARANTEES, "The promises"), re.M)
    assert said
    assert [title for title in said if title not in promised] == []
    for title in promised:
        assert promises(section(GUARANTEES, title)), title
