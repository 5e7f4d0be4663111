"""The languages of the person: counts by language, and nothing else."""

import json
from pathlib import Path

import pytest

from memctl.store.state import spoken


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEMCTL_STATE_DIR", str(tmp_path))
    return tmp_path / "languages.json"


def test_a_language_is_the_persons_by_number_and_share(state: Path) -> None:
    assert spoken.languages() == ()
    spoken.add({"de": 2})
    assert spoken.languages() == ()
    spoken.add({"de": 40, "en": 60, "it": 4})
    assert spoken.languages() == ("en", "de")
    assert json.loads(state.read_text()) == {"de": 42, "en": 60, "it": 4}


def test_what_is_spoken_now_outweighs_what_was() -> None:
    spoken.add({"fr": spoken.ENOUGH})
    for _ in range(6):
        spoken.add({"ja": spoken.ENOUGH // 2})
    assert spoken.languages() == ("ja",)
    assert sum(spoken.counts().values()) <= spoken.ENOUGH


@pytest.mark.parametrize("junk", [b"", b"[]", b'{"de": "9", "en": -1, "x y": 3, "fr": true}', b"\xff"])
def test_a_damaged_file_says_nothing(state: Path, junk: bytes) -> None:
    state.write_bytes(junk)
    assert spoken.counts() == {}
