"""The semantic extra: fused when it is there and asked for, and out of the way otherwise."""

import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from memctl.services.recall import lexical, semantic
from tests.kit.topics import write_topic

needs_vectors = pytest.mark.skipif(not semantic.available(), reason="memctl-cli[semantic] is not installed")


@pytest.fixture
def project(memory_dir: Path) -> Path:
    write_topic(memory_dir, "pets", "The user has two dogs and a parrot at home")
    write_topic(memory_dir, "deploys", "Production releases happen on Tuesday mornings")
    write_topic(memory_dir, "colours", "Buttons are painted crimson and navy")
    return memory_dir


def found(directory: Path, query: str, place: str, **more: bool) -> list[str]:
    with mock.patch.object(lexical, "cache_file", return_value=place):
        return [hit.file for hit in lexical.recall(str(directory), query, **more).hits]


def test_without_the_extra_words_alone_answer(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(semantic, "_root", lambda: None)
    place = str(tmp_path / "c" / "x.sqlite")
    assert found(project, "dogs at home", place, semantic=True) == ["pets.md"]
    assert not os.path.exists(place + ".vectors")


def test_a_recall_that_did_not_ask_loads_no_vectors(project: Path) -> None:
    code = (
        "import sys; from memctl.services.recall.lexical import recall\n"
        f"recall({str(project)!r}, 'dogs at home')\n"
        "print({'numpy', 'tokenizers', 'wordllama', 'memctl.services.recall.semantic'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


class Fake:
    """Three made-up dimensions instead of the real table: animals, work, colours."""

    width = 3
    words = (
        {"dogs", "parrot", "pets", "animal", "keeps"},
        {"production", "releases", "ship"},
        {"crimson", "hue"},
    )

    def __init__(self) -> None:
        self.embedded = 0

    def tokens(self, texts: list[str]) -> list[list[int]]:
        self.embedded += len(texts)
        return [
            [i for w in t.lower().split() for i, group in enumerate(self.words) if w in group] for t in texts
        ]

    def mean(self, ids: list[int]) -> object:
        numpy = pytest.importorskip("numpy")
        vector = numpy.zeros(3, numpy.float32)
        for i in ids:
            vector[i] += 1
        return vector / max(1e-9, float(numpy.linalg.norm(vector)))

    def embed(self, texts: list[str]) -> list[object]:
        return [self.mean(ids) for ids in self.tokens(texts)]


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    pytest.importorskip("numpy")
    model = Fake()
    monkeypatch.setattr(semantic, "available", lambda: True)
    monkeypatch.setattr(semantic, "_model", lambda: model)
    return model


def test_meaning_finds_what_words_do_not(project: Path, tmp_path: Path, fake: Fake) -> None:
    place = str(tmp_path / "c" / "x.sqlite")
    assert found(project, "which animal keeps him company", place) == []
    assert found(project, "which animal keeps him company", place, semantic=True)[0] == "pets.md"
    assert found(project, "unknown words only", place, semantic=True) == []


def test_vectors_are_cached_by_content(project: Path, tmp_path: Path, fake: Fake) -> None:
    place = str(tmp_path / "c" / "x.sqlite")
    found(project, "animal", place, semantic=True)
    first = fake.embedded
    found(project, "animal", place, semantic=True)
    assert fake.embedded == first + 1  # the query alone
    (project / "pets.md").rename(project / "renamed.md")
    found(project, "animal", place, semantic=True)
    assert fake.embedded == first + 2
    write_topic(project, "new", "a parrot")
    assert "new.md" in found(project, "animal", place, semantic=True)
    assert fake.embedded == first + 5  # the query, and one header and one body
    assert os.stat(place + ".vectors").st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", [b"", b"not a database" * 500])
def test_a_damaged_vector_cache_is_made_again(
    project: Path, tmp_path: Path, fake: Fake, damage: bytes
) -> None:
    place = str(tmp_path / "c" / "x.sqlite")
    found(project, "animal", place, semantic=True)
    Path(place + ".vectors").write_bytes(damage)
    for _ in range(2):
        assert found(project, "animal", place, semantic=True)[0] == "pets.md"


def test_a_place_that_cannot_be_written_is_no_obstacle(project: Path, fake: Fake) -> None:
    assert found(project, "animal", "/proc/none/x.sqlite", semantic=True)[0] == "pets.md"


@needs_vectors
def test_the_real_vectors_know_paraphrases(project: Path, tmp_path: Path) -> None:
    place = str(tmp_path / "c" / "x.sqlite")
    assert found(project, "which animals live with me?", place, semantic=True)[0] == "pets.md"
    assert found(project, "when do we ship a new version", place, semantic=True)[0] == "deploys.md"
