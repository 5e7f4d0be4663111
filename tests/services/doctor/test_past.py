"""A secret in an earlier version is found and named without its value; the second look reads what is new."""

from pathlib import Path

import pytest

from memctl.domain.change import Change, Remove, Write
from memctl.domain.fingerprint import fingerprint
from memctl.services.doctor import past
from memctl.services.doctor.examination import look
from memctl.store.history import graph
from memctl.store.write.apply import apply
from tests.kit.secret_samples import fill
from tests.kit.topics import topic

NOW = 1_790_000_000.0
TOKEN = fill("gh|p_{a36}", 11)


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MEMCTL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("MEMCTL_CACHE_DIR", str(tmp_path / "cache"))
    return str(tmp_path / "memory")


def save(directory: str, name: str, body: str) -> None:
    apply(directory, Change("save", (Write(f"{name}.md", topic(name, "about it", body).encode()),)), now=NOW)


def test_the_history_is_looked_through_for_secrets_once(
    directory: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(directory, "key", f"Log in with {TOKEN}.\n")
    raw = Path(directory, "key.md").read_bytes()
    apply(directory, Change("forget", (Remove("key.md", fingerprint(raw)),)), now=NOW)
    read: list[str] = []
    real = graph.contents

    def counted(repository: str, names):  # type: ignore[no-untyped-def]
        for name, content in real(repository, names):
            read.append(name)
            yield name, content

    monkeypatch.setattr(graph, "contents", counted)
    (found,) = past.check(look(directory, NOW))
    assert found.id == "history.secret"
    assert "key.md" in found.message
    assert TOKEN not in found.message + str(found.repair)
    assert all(TOKEN.encode() not in p.read_bytes() for p in tmp_path.joinpath("cache").iterdir())
    first = len(read)
    assert len(list(past.check(look(directory, NOW)))) == 1
    assert len(read) == first
    save(directory, "dogs", "Dogs sleep in the shed.\n")
    assert len(list(past.check(look(directory, NOW)))) == 1
    assert len(read) <= first + 4, "the new commit, its memory and its index"
