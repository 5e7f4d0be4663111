"""Secrets are found in every dress, look-alikes are left alone, and no value ever gets out."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memctl.services.guard.secrets import find, redact, rule_ids
from tests.kit.secret_samples import KINDS, LOOKALIKES, fill


def in_prose(shape: str, seed: int) -> str:
    secret = fill(shape, seed)
    return (
        f"notes\n{secret}\nmore"
        if "\n" in secret or ":$" in secret or ":5432:" in secret
        else f"on {secret} ok"
    )


@pytest.mark.parametrize(("rule", "shape"), KINDS)
def test_every_kind_is_found_by_its_own_rule(rule: str, shape: str) -> None:
    for seed in range(8):
        assert rule in [secret.rule for secret in find(in_prose(shape, seed))]


def test_every_rule_has_a_sample() -> None:
    assert rule_ids() == {rule for rule, _ in KINDS}
    assert len(rule_ids()) >= 65


@pytest.mark.parametrize("shape", LOOKALIKES)
def test_a_lookalike_is_no_secret(shape: str) -> None:
    for seed in range(8):
        text = fill(shape, seed)
        assert [(secret.rule, text[secret.start : secret.end]) for secret in find(text)] == []


def full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


DRESSES = {
    "zero-width": "\u200b".join,
    "soft-hyphen": lambda text: text[: len(text) // 2] + "\u00ad" + text[len(text) // 2 :],
    "full-width": full_width,
    "quoted": lambda text: f'"{text}"',
    "code": lambda text: f"`{text}`",
    "chinese": lambda text: f"值为{text}，请保密。",
    "sentence": lambda text: f"It is {text}.",
}
ONE_WORD = [(rule, shape) for rule, shape in KINDS if not set(' \n":') & set(shape)]


@pytest.mark.parametrize("dress", DRESSES)
def test_a_key_is_found_in_every_dress(dress: str) -> None:
    assert len(ONE_WORD) > 100
    missed = [shape for _, shape in ONE_WORD if not find(DRESSES[dress](fill(shape)))]
    assert missed == []


def test_percent_encoding_hides_nothing() -> None:
    keys = [fill(shape) for _, shape in ONE_WORD]
    assert [key for key in keys if not find("https://x.dev/?q=" + quote(key, safe=""))] == []


@pytest.mark.parametrize(("rule", "shape"), KINDS)
def test_redaction_leaves_no_secret_and_the_rest_of_the_text(rule: str, shape: str) -> None:
    text = in_prose(shape, 1)
    clean = redact(text)
    assert find(clean) == []
    assert f"[secret: {rule}]" in clean
    assert clean[:3] == text[:3]
    assert clean[-2:] == text[-2:]


def test_redaction_of_a_private_key_takes_all_of_it() -> None:
    shape = next(shape for rule, shape in KINDS if rule == "private-key")
    key = fill(shape)
    clean = redact(f"before\n{key}\nafter")
    assert clean == "before\n[secret: private-key]\nafter"


def test_redaction_covers_what_hides_inside() -> None:
    key = fill("gh|p_{a36}")
    assert redact("a " + "\u200b".join(key) + " b") == "a [secret: github-pat] b"
    assert redact(f"a {quote('p|p_'.replace('|', ''))} b") == "a pp_ b"


@given(st.text(max_size=300))
def test_text_without_secrets_is_returned_as_it_is(text: str) -> None:
    if not find(text):
        assert redact(text) == text


@given(st.lists(st.sampled_from(KINDS), max_size=5), st.lists(st.text(max_size=40), min_size=6, max_size=6))
def test_no_value_survives_redaction_whatever_stands_around(
    kinds: list[tuple[str, str]], between: list[str]
) -> None:
    keys = [fill(shape) for _, shape in kinds if not set(' \n":=') & set(shape)]
    text = "".join(f"{gap}\n{key}\n" for gap, key in zip(between, keys, strict=False)) + between[-1]
    assert not [key for key in keys if key in redact(text)]


FLOODS = [
    "password",
    "api_key=",
    "token: ",
    "eyJ-",
    "-----BEGIN RSA PRIVATE KEY-----",
    "://u:",
    "sk-",
    "%2",
    "A",
]


@pytest.mark.parametrize("unit", FLOODS)
def test_a_flood_of_near_hits_hides_nothing(unit: str) -> None:
    """50 KB that start a match at every place; the suite's time limit holds that it ends."""
    key = fill("gh|p_{a36}")
    assert "github-pat" in [secret.rule for secret in find(unit * (50_000 // len(unit)) + f"\n{key}\n")]


def test_a_run_of_beginnings_of_web_tokens_is_read_once() -> None:
    """Were it read again from each beginning, this would take minutes."""
    flood = "eyJ-" * 125_000
    assert find(flood) == []
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0." + fill("Qz{a22}")
    (secret,) = find(f"{flood}\n{token}\n")
    assert (secret.rule, secret.start) == ("jwt", len(flood) + 1)
