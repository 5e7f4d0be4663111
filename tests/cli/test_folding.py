"""What a terminal shows: whole words, short ids; a pipe gets one line for each item, as it is."""

from pathlib import Path

import pytest

from memctl.cli import folding
from memctl.cli.output import Output
from memctl.cli.run import Run
from memctl.cli.show import findings
from memctl.cli.verbs import history
from memctl.domain.finding import Finding
from memctl.store.history.records import Record

ID = "0123456789abcdef0123456789abcdef"


class Seen(Output):
    """Output that a person reads."""

    on_terminal = True


@pytest.mark.parametrize("width", [80, 40, 0])
def test_findings_and_changes_break_between_words(
    width: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "a sentence of several words that is a good deal longer than the eighty columns of a terminal are"
    run = Run.__new__(Run)
    run.out = Seen() if width else Output()
    monkeypatch.setattr(folding, "columns", lambda stream: width)
    record = Record("c" * 40, 0.0, "review", "person", None, f"accepted {ID}: {said}", ("a.md",))
    findings.print_findings(run, [Finding("link.dangling", "warning", said, "a.md", 3, said)])
    history._print_record(run, record)
    shown = capsys.readouterr().out
    if not width:
        assert len(shown.splitlines()) == 2, "a line for each item through a pipe"
        assert ID in shown
        return
    assert ID not in shown
    assert ID[:10] in shown
    assert all(len(line) <= width for line in shown.splitlines())
    assert " ".join(shown.split()).count(said) == 3, "every word whole, none lost"
