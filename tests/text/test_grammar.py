"""The tables of grammar: their keys, and which table is for a text."""

import tomllib
from importlib import resources
from pathlib import Path

import pytest

from memctl.services.learn.languages import spoken
from memctl.text import grammar

TABLES = {
    file.name.removesuffix(".toml"): tomllib.loads(file.read_text(encoding="utf-8"))
    for file in resources.files("memctl").joinpath("data", "grammar").iterdir()
    if file.name.endswith(".toml")
}
LISTS = "services/related/cues.py"
"""Names the keys that it reads in a list, whether anything asks for them or not."""

TEXTS = {
    "en": "The ferry is moored at 船台 and not at the quay",
    "de": "Die Fähre liegt nicht am Kai",
    "es": "El ferry no está en el muelle de la ciudad",
    "fr": "Le ferry n’est pas à quai dans la ville",
    "it": "Il traghetto non è al molo della città",
    "pt": "A balsa não está no cais com os outros",
    "ru": "Паром ferry не стоит у причала",
    "ja": "切符はZebraで印刷",
    "ko": "승차권은 Zebra로 인쇄",
    "zh": "船票用 Zebra 打印",
}


@pytest.mark.parametrize("code", TEXTS)
def test_every_table_has_every_key_and_no_other(code: str) -> None:
    assert TABLES.keys() == TEXTS.keys()
    assert TABLES[code].keys() - {"common"} == grammar.KEYS.keys()
    assert all(TABLES[code].values())


def test_every_key_is_asked_for() -> None:
    root = Path(grammar.__file__).parent.parent
    said = {root / "text" / "grammar.py", root / LISTS}
    code = "".join(path.read_text(encoding="utf-8") for path in root.rglob("*.py") if path not in said)
    assert [key for key in grammar.KEYS if f'"{key}"' not in code] == []


@pytest.mark.parametrize("code", TEXTS)
def test_a_text_is_told_alike_with_all_tables_and_with_none(code: str) -> None:
    assert grammar.likely(TEXTS[code])[0] == spoken(TEXTS[code]).code == code
