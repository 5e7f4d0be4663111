"""`memctl session compact` on the terminal and in pipes."""

import json
from pathlib import Path

import pytest

from tests.kit import conversations as c
from tests.kit.cli import Memctl
from tests.kit.warm import Warm
from tests.services.session.test_window import conversation


@pytest.fixture
def memctl(tmp_path: Path, warm: Warm) -> Memctl:
    (tmp_path / "work").mkdir()
    return Memctl(cwd=tmp_path / "work", directory=tmp_path / "memory", warm=warm)


@pytest.fixture
def history(tmp_path: Path) -> Path:
    path = tmp_path / "history.json"
    path.write_text(json.dumps({"messages": conversation(40)}))
    return path


def test_the_next_request_comes_through_a_pipe(memctl: Memctl, history: Path) -> None:
    done = memctl("session", "compact", str(history))
    request = json.loads(done.out)["messages"]
    assert c.complaints(request) == []
    assert "left of it: constraints" in done.err
    piped = memctl("session", "compact", "-", stdin=history.read_text())
    assert json.loads(piped.out)["messages"] == request
    again = memctl("session", "compact", stdin=done.out)
    assert json.loads(again.out)["messages"]


def test_the_document_says_what_is_left(memctl: Memctl, history: Path) -> None:
    found = memctl("session", "compact", str(history), "--json").json
    assert found["schema"] == 1
    assert found["summary"].startswith("<memctl-memory nonce=")
    assert c.complaints([c.user(found["summary"]), *found["messages"][1:]], alone=False) == []
    assert 10_000 <= found["kept"]["tokens"] <= found["kept"]["tokens_at_most"] <= 40_000
    assert set(found["figures"]) == {"constraints", "requests", "files", "commands", "errors"}
    assert found["figures"]["requests"] == {"before": 41, "after": 41, "share": 1.0, "verbatim": False}
    assert found["verified"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        *(("[1, 2", 1), ("\x00\x01\x02", 1), ("usage: report FILE\n", 1), ('{"a": 1}', 1), (None, 3)),
        *(("", 0), ("[]", 0), ('{"messages": []}', 0)),
    ],
)
def test_what_is_no_history_is_said(memctl: Memctl, tmp_path: Path, content: str | None, code: int) -> None:
    path = tmp_path / "h"
    if content is not None:
        path.write_text(content)
    done = memctl("session", "compact", str(path), "--json", code=code)
    assert bool(done.out) == (code == 0)
    if code == 0:
        assert done.json["messages"] == []
