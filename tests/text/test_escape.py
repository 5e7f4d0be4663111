"""What hides or steers is shown; what honest text needs stays."""

import subprocess
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memctl.text.escape import escape, hidden, kind

FLAG = "\U0001f3f4" + "".join(chr(0xE0000 + ord(c)) for c in "gbsct") + "\U000e007f"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", "a\\u{001B}[31mb"),
        ("a\x1b]0;title\x07", "a\\u{001B}]0;title\\u{0007}"),
        ("a\x9b31m", "a\\u{009B}31m"),
        ("over\rwritten", "over\\u{000D}written"),
        ("ab\x08\x08", "ab\\u{0008}\\u{0008}"),
        ("nul\x00del\x7f", "nul\\u{0000}del\\u{007F}"),
        ("two\nlines\t", "two\\u{000A}lines\\u{0009}"),
        ("para\u2029line\u2028", "para\\u{2029}line\\u{2028}"),
        ("\u202egnp.exe", "\\u{202E}gnp.exe"),
        ("a\u2066b\u2069", "a\\u{2066}b\\u{2069}"),
        ("pass\u200bword", "pass\\u{200B}word"),
        ("a\u200db", "a\\u{200D}b"),
        ("a\u2060b\ufeff", "a\\u{2060}b\\u{FEFF}"),
        ("so\u00adft", "so\\u{00AD}ft"),
        ("\u3164", "\\u{3164}"),
        ("x\U000e0041\U000e007f", "x\\u{E0041}\\u{E007F}"),
        ("\U0001f600\U000e0158\U000e0159", "\U0001f600\\u{E0158}\\u{E0159}"),
        ("a\ufe0f", "a\\u{FE0F}"),
        ("\u2764\ufe0f\ufe0e", "\u2764\ufe0f\\u{FE0E}"),
        ("\ud800 lone", "\\u{D800} lone"),
        (FLAG[:-1], FLAG[0] + "".join(f"\\u{{{ord(c):04X}}}" for c in FLAG[1:-1])),
        ("\U0001f3f4" + "".join(chr(0xE0000 + ord(c)) for c in "ustx\x7f"), None),
    ],
)
def test_what_hides_is_shown(text: str, shown: str | None) -> None:
    result = escape(text)
    assert not any(char in result for char in text if kind(text, text.index(char)))
    if shown is not None:
        assert result == shown


@pytest.mark.parametrize(
    "text",
    [
        "plain ASCII",
        "你好，世界。日本語 한국어",
        "שלום עולם",
        "مرحبا بالعالم",
        "می\u200cخواهم",
        "क्\u200dष and क्\u200cष",
        "ශ්\u200dරී ලංකා",
        "\U0001f469\u200d\U0001f4bb \U0001f468\U0001f3fd\u200d\U0001f680 \U0001f3f3\ufe0f\u200d\U0001f308",
        "\u2764\ufe0f 1\ufe0f\u20e3 \u00a9\ufe0f \u261d\U0001f3fe",
        FLAG,
        "\U0001f1e9\U0001f1ea",
        "葛\U000e0100城",
        "e\u0301 a\u0308 Việt Nam",
        "naïve — “quotes” … 5 €",
    ],
)
def test_what_honest_text_needs_stays(text: str) -> None:
    assert escape(text) == text
    assert hidden(text) == []


def test_keep_names_what_stays() -> None:
    assert escape("a\n\tb\x1b", keep="\n\t") == "a\n\tb\\u{001B}"
    assert escape("é\n\tb\x1b", keep="\n\t") == "é\n\tb\\u{001B}"


@pytest.mark.parametrize("letter", ["a", "é"])
def test_line_ends_of_windows_stay_with_the_newline(letter: str) -> None:
    assert escape(f"{letter}\r\nb\r\n", keep="\n") == f"{letter}\r\nb\r\n"
    assert escape(f"{letter}\r\nb\rc\r\n", keep="\n") == f"{letter}\r\nb\\u{{000D}}c\r\n"


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_that_steers_survives(text: str) -> None:
    result = escape(text, keep="\n\t")
    assert not any(unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") for c in result if c not in "\r\n\t")
    assert not set(result) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b\ufeff")
    assert "\r" not in result.replace("\r\n", "")
    assert result.encode().decode() == result
    assert hidden(result, keep="\n\t") == []


@given(st.text(st.characters(codec="ascii", exclude_categories=("Cc",))))
def test_printable_ascii_is_untouched(text: str) -> None:
    assert escape(text) == text


def test_it_imports_nothing() -> None:
    code = (
        "import sys; before = set(sys.modules); import memctl.text.escape as e; e.escape('é\\x1b');"
        "print(sorted(m for m in set(sys.modules) - before if not m.startswith('memctl')))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
