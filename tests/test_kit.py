"""The way in which tests start the command: a failure of its own is never taken for one of memctl."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.kit.cli import Memctl


def test_a_command_that_hangs_is_no_result(memctl: Memctl) -> None:
    memctl("save", "Lamps are lit from the left", "--name", "lamps")
    with pytest.raises(subprocess.TimeoutExpired):
        memctl.run(("edit", "lamps"), env={"EDITOR": "sh -c 'sleep 3'"}, seconds=0.5)


def test_the_time_zone_of_a_run_is_read(memctl: Memctl, memory_dir: Path) -> None:
    """The two are 26 hours apart: it is never the same day in both."""
    for name, zone in (("lamps", "Etc/GMT+12"), ("shutters", "Etc/GMT-14")):
        memctl("save", f"The {name} are green", "--name", name, "--expires", "1d", TZ=zone)
    days = {re.search("expires: .*", path.read_text())[0] for path in memory_dir.glob("[a-z]*.md")}
    assert len(days) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("recall", "how are the lamps of the harbour lit", "--selector", "lexical", "--json"),
        ("doctor", "--json"),
        ("why", "lamps", "--selector", "lexical", "--json"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_no_answer_depends_on_how_python_hashes(memctl: Memctl, arguments: tuple[str, ...]) -> None:
    """A new Python for each seed: the forks of one have its seed."""
    for name, place in (("a", "left"), ("b", "harbour wall"), ("c", "night watch")):
        memctl("save", f"Lamps are lit from the {place}. See [[gone-{name}]].", "--name", name, "--force")
    cold = replace(memctl, warm=None)
    answers = [cold(*arguments, code=None, PYTHONHASHSEED=seed).json for seed in ("1", "2")]
    for answer in answers:
        answer.pop("elapsed_ms", None)
    assert answers[0] == answers[1]
