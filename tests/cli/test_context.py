"""`memctl context`: what it prints, within which limits, and what its receipt says."""

import json
import re

import pytest

from tests.kit.cli import Memctl


@pytest.fixture
def filled(memctl: Memctl) -> Memctl:
    memctl(
        "save",
        "The harbour crane is painted teal.",
        "--name",
        "harbour-crane",
        "--description",
        "Colour of the crane",
    )
    memctl(
        "save",
        "Lunch comes from the noodle shop.",
        "--name",
        "lunch",
        "--description",
        "Where lunch is ordered",
    )
    return memctl


def test_the_index_alone_and_with_what_fits(filled: Memctl) -> None:
    plain = filled("context").out
    assert plain.startswith("<memctl-memory nonce=")
    assert "(harbour-crane.md)" in plain
    assert "painted teal" not in plain
    fitting = filled("context", "--for", "which colour is the harbour crane painted").out
    assert "painted teal" in fitting
    assert "noodle" not in fitting
    assert fitting.index("(lunch.md)") < fitting.index("painted teal"), "the index comes first"


def test_an_empty_directory_has_nothing_to_say(memctl: Memctl) -> None:
    assert memctl("context").out == ""
    assert memctl("context", "--for", "anything").out == ""
    assert memctl("context", "--json").json["text"] == ""


def test_the_query_may_come_from_stdin(filled: Memctl) -> None:
    assert "painted teal" in filled("context", "--for", "-", stdin="colour of the harbour crane").out


@pytest.mark.parametrize("limits", [("--max-chars", "450"), ("--max-tokens", "100"), ("--max-chars", "0")])
def test_limits_hold(filled: Memctl, limits: tuple[str, str]) -> None:
    document = filled("context", "--for", "colour of the harbour crane", "--json", *limits).json
    assert document["chars"] <= 450
    assert document["tokens"] <= 120
    assert document["chars"] == len(document["text"])


def test_json_has_the_block_and_on_request_the_receipt(filled: Memctl) -> None:
    document = filled("context", "--format", "json", "--for", "colour of the harbour crane").json
    assert document["schema"] == 1
    assert document["memories"] == ["harbour-crane.md"]
    assert document["strategy"] == "lexical"
    assert "receipt" not in document
    paper = filled("context", "--json", "--receipt", "--max-chars", "420").json["receipt"]
    assert {unit["reason"] for unit in paper["dropped"]} == {"over the budget"}
    assert re.fullmatch("[0-9a-f]{64}", paper["sha256"])


def test_beside_markdown_the_receipt_goes_to_stderr(filled: Memctl) -> None:
    done = filled("context", "--receipt")
    assert done.out.startswith("<memctl-memory")
    assert done.out.rstrip().endswith(">")
    assert json.loads(done.err[done.err.index("{") :])["chars"] == len(done.out.rstrip("\n"))


def test_a_session_is_not_shown_the_same_twice(filled: Memctl) -> None:
    ask = ("context", "--for", "colour of the harbour crane", "--surfaced", "s1")
    assert "painted teal" in filled(*ask).out
    assert "painted teal" not in filled(*ask).out


def test_what_was_left_out_is_said(filled: Memctl) -> None:
    assert "left out (over the budget)" in filled("context", "--max-chars", "420").err


def test_a_wrong_format_is_a_usage_error(filled: Memctl) -> None:
    assert "xml" in filled("context", "--format", "xml", code=2).err
