"""Text to terms: camelCase, CJK, caps on length, and nothing lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memctl.text import words


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("fooBar", ["foo", "Bar"]),
        ("HTTPServer", ["HTTP", "Server"]),
        ("parseHTTPResponse", ["parse", "HTTP", "Response"]),
        ("IsNotNullConverter", ["Is", "Not", "Null", "Converter"]),
        ("v2Beta", ["v2", "Beta"]),
        ("GraphQL", ["Graph", "QL"]),
        ("`useState`,", ["use", "State"]),
        ("README", []),
        ("Plain", []),
        ("snake_case", []),
        ("A B", []),
        ("", []),
    ],
)
def test_identifier_parts(word: str, parts: list[str]) -> None:
    assert words.identifier_parts(word.encode()) == parts


def test_fold_adds_parts_and_keeps_the_whole_word() -> None:
    folded = words.fold("call fooBar now").split()
    assert folded == ["call", "fooBar", "now", "foo", "Bar"]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("数据库", ["数据", "据库"]),
        ("用SQLite数据库存储", ["用", "SQLite", "数据", "据库", "库存", "存储"]),
        ("バックアップ", ["バッ", "ック", "クア", "アッ", "ップ"]),
        ("서버 설정", ["서버", "설정"]),
        ("人", ["人"]),
        ("em—dash naïve", ["em—dash", "naïve"]),
    ],
)
def test_fold_cuts_cjk_into_bigrams(text: str, terms: list[str]) -> None:
    folded = words.fold(text).split()
    assert folded[: len(terms)] == terms


def test_query_words_are_distinct_and_ordered() -> None:
    found = words.query_words("Deploy the deploy HTTPServer deploy")
    assert found == [
        ("deploy", False),
        ("the", False),
        ("httpserver", False),
        ("http", True),
        ("server", True),
    ]


def test_decomposed_and_composed_accents_are_one_word() -> None:
    assert words.query_words("cafe\u0301") == words.query_words("café") == [("café", False)]


def test_a_pasted_log_is_capped_and_keeps_both_ends() -> None:
    log = " ".join(f"word{i}" for i in range(5000))
    found = [word for word, _ in words.query_words(log)]
    assert len(found) == words.QUERY_WORDS_MAX
    assert found[0] == "word0"
    assert found[-1] == "word4999"


@given(st.text(max_size=300))
def test_any_text_folds_and_keeps_every_word_of_it(text: str) -> None:
    folded = words.fold(text)
    kept = {c for c in text if c.isalnum()}
    assert kept <= set(folded) | {"?"}
    for word, _ in words.query_words(text):
        assert word
        assert all(c.isalnum() for c in word.replace("\u0307", ""))  # İ lowercases to i and a dot


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=200))
def test_ascii_parts_rejoin_to_the_word(text: str) -> None:
    parts = words.identifier_parts(text.encode())
    letters = "".join(c for c in text if c.isalnum())
    at = 0
    for part in parts:
        at = letters.find(part, at)
        assert at >= 0
        at += len(part)


def test_word_lists_do_not_overlap() -> None:
    assert not words.STOP & words.LIGHT
    assert all(word == word.lower() for word in words.STOP | words.LIGHT)
