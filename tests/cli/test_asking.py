"""What is asked wrongly is exit 2, and what is said instead of an answer can be typed as it stands."""

import re
import shlex
from pathlib import Path

import pytest

from tests.kit.cli import Memctl
from tests.kit.topics import write_topic
from tests.kit.warm import Warm


@pytest.fixture
def run(memctl: Memctl, warm: Warm) -> Memctl:
    memctl.warm = warm
    memctl("save", "The wiki is at docs.example.org.", "--name", "wiki")
    return memctl


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("recall", ""), 2, "the query is empty"),
        (("why", " "), 2, "the query is empty"),
        (("search", ""), 2, "an empty pattern"),
        (("tier", "wiki", "lukewarm"), 2, "hot|warm|cold|auto"),
        (("tier", "wiki", "wikis"), 3, "did you mean wiki?"),
        (("tier", "nosuch", "lukewarm"), 3, "'nosuch'"),
        (("tier", "wiki", "no-such"), 3, "'no-such'"),
        (("show", "wiki", "--at", "nonsense"), 2, "30d ago"),
        (("show", "wiki", "--at", "2d"), 3, "the history begins after"),
        (("show", "wiki", "--at", "0d"), 0, ""),
        (("diff", "nonsense"), 3, "30d ago"),
        (("show", "wiki", "--at", "0123456"), 3, "has no commit"),
        (("save", "It moved.", "--update", "--name", "wiki", "--narrows", "wiki"), 2, "itself"),
        (("save", "A new one.", "--update", "--name", "nosuch"), 0, "no memory was called nosuch"),
        (("list", "--tier", "cold"), 0, "none of 1 memory is cold"),
        (("list", "--type", "user", "--stale"), 0, "none of 1 memory is of type user and stale"),
        (("list", "--stale", "--limit", "0"), 0, ""),
        (("list", "--tier", "cold", "--as-of", "1d"), 2, "--tier"),
        (("why", "wiki", "--expect", "x", "--as-of", "2099-06-01"), 3, "memctl list --as-of 2099-06-01"),
    ],
)
def test_each_says_what_it_is(words: tuple[str, ...], code: int, said: str, run: Memctl) -> None:
    done = run(*words, code=code)
    assert said in done.err
    if not said:
        assert done.err == ""


@pytest.mark.parametrize("verb", [("list",), ("recall", "the quay and its crane")])
def test_hints_of_the_past_work_when_they_are_typed(
    verb: tuple[str, ...], run: Memctl, memory_dir: Path
) -> None:
    write_topic(memory_dir, "old crane", "The crane of the quay", created="2020-01-01")
    write_topic(memory_dir, "quay", "The quay and its crane", created="2020-01-01")
    run("log")
    run("save", "The quay has a new crane.", "--name", "quay", "--update")
    run("forget", "old crane")
    told = run(*verb, "--as-of", "2020-06-01").err + run("show", "old crane", code=3).err
    hints = re.findall(r"memctl (?:show|log|restore) [^\n;]+", told)
    assert set(hints) == {"memctl log quay", "memctl log 'old crane'", "memctl restore 'old crane'"}
    for hint in hints:
        run(*shlex.split(hint)[1:], code=0)
    assert "restore" not in run("show", "never-there", code=3).err


def test_the_tier_of_now_is_not_told_of_then(run: Memctl) -> None:
    then = run("list", "--as-of", "2099-01-01", "--json").json["memories"]
    now = run("list", "--json").json["memories"]
    assert [m["tier"] for m in then] == [None]
    assert [m["tier"] for m in now] == ["hot"]
