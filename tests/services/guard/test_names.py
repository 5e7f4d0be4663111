"""A name for a new memory is one safe path segment, or it is refused; it is never repaired."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memctl.services.guard.names import check_name
from memctl.text.escape import escape


@pytest.mark.parametrize(
    "name",
    [
        "prefer-pnpm",
        "a",
        "2024 review",
        "snake_case",
        "部署流程",
        "日本語のメモ",
        "Größe",
        "नियम-हिन्दी",
        "تفضيل",
        "עברית",
        "ไทย",
        "Привет-мир",
        "pnpm偏好",
        "v2",
        "x" * 197,
        "コーヒー",
    ],
)
def test_honest_names_pass(name: str) -> None:
    assert check_name(name, ["other.md", "sub/deep.md"]) == []


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("", "empty"),
        ("---", "empty"),
        (" _ ", "empty"),
        ("../up", "character"),
        ("a/b", "character"),
        ("a\\b", "character"),
        ("/etc/passwd", "character"),
        ("C:\\x", "character"),
        ("C:x", "character"),
        ("~root", "character"),
        ("%2e%2e%2fx", "character"),
        ("．．／x", "character"),
        ("a／b", "character"),
        ("a\u2215b", "character"),
        ("nul\x00byte", "character"),
        ("a\nb", "character"),
        ("tab\tbed", "character"),
        (".hidden", "character"),
        ("name.", "character"),
        ("a.md", "character"),
        (" lead", "character"),
        ("trail ", "character"),
        ("a\u00a0b", "character"),
        ("a\u200bb", "character"),
        ("a\u202eb", "character"),
        ("a\u3164b", "character"),
        ("a\U000e0041", "character"),
        ("\u0301a", "character"),
        ("emoji😀", "character"),
        ("a*b", "character"),
        ("a?b", "character"),
        ("$(id)", "character"),
        ("`id`", "character"),
        ("a;b", "character"),
        ("a|b", "character"),
        ("\ud800x", "character"),
        ("-rf", "hyphen"),
        ("CON", "reserved"),
        ("nul", "reserved"),
        ("Com1", "reserved"),
        ("lpt9", "reserved"),
        ("memory", "reserved"),
        ("MEMORY", "reserved"),
        ("Memory", "reserved"),
        ("mеmory", "reserved"),  # Cyrillic е
        ("ｍｅｍｏｒｙ", "reserved"),
        ("mem0ry", "reserved"),
        (unicodedata.normalize("NFD", "Größe"), "normal-form"),
        ("x" * 198, "length"),
        ("字" * 66, "length"),
    ],
)
def test_unsafe_names_are_refused(name: str, kind: str) -> None:
    found = check_name(name)
    assert f"name.{kind}" in [finding.id for finding in found]
    assert all(finding.severity == "error" and finding.repair for finding in found)
    assert all(escape(finding.message) == finding.message for finding in found)


@pytest.mark.parametrize(
    ("name", "existing", "kind"),
    [
        ("Prefer-Pnpm", "prefer-pnpm.md", "case"),
        ("straße", "STRASSE.md", "case"),
        ("größe", unicodedata.normalize("NFD", "größe") + ".md", "case"),
        ("prefer-pnpm", "PREFER-PNPM.MD", "case"),
        ("deploy", "dеploy.md", "lookalike"),  # Cyrillic е in the file
        ("dерlоу", "deploy.md", "lookalike"),
        ("rule1", "rulel.md", "lookalike"),
        ("ｄeploy", "deploy.md", "lookalike"),
    ],
)
def test_names_that_collide_are_refused(name: str, existing: str, kind: str) -> None:
    assert [finding.id for finding in check_name(name, ["x.md", existing])] == [f"name.{kind}"]


def test_the_same_file_is_an_update_and_no_collision() -> None:
    assert check_name("deploy", ["deploy.md", "sub/Deploy.md"]) == []


@given(st.text(st.characters(exclude_categories=()), max_size=80))
def test_what_passes_is_one_path_segment_everywhere(name: str) -> None:
    if check_name(name):
        return
    assert not set(name) & set('/\\:*?"<>|.~%$`;&\x00\n\r\t')
    assert name == name.strip() == unicodedata.normalize("NFC", name)
    assert name.isprintable()
    assert len(f"{name}.md".encode()) <= 200
