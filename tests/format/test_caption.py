"""What stands in for a description that says nothing."""

import pytest

from memctl.format.caption import CAPTION_MAX, caption, opening, says_nothing
from memctl.store.search.sweep import pointers_in


@pytest.mark.parametrize(
    ("description", "name", "nothing"),
    [
        ("", "deploys", True),
        ("PR", "pr-flow", True),
        ("Issue", "release", True),
        ("Issue #12", "release", True),
        ("The deploy process", "deploy-process", True),
        ("Deploys go through wombat", "deploys", False),
        ("about deploys", "deploys", True),
        ("useEffect", "react-hooks", True),
        ("Use pnpm", "prefer-pnpm", False),
        ("Never push directly to main.", "never-push-directly-main", False),
        ("Where lunch is from", "lunch", False),
        ("部署流程说明", "deploys", False),
        ("word " * 40, "word", False),
    ],
)
def test_a_description_says_nothing_by_what_it_adds(description: str, name: str, nothing: bool) -> None:
    assert says_nothing(description, name) is nothing


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("# Head\n\nFirst. Second.\n", ("Head", "First.")),
        ("First line\nsecond\n# Late\n", ("", "First line")),
        (
            "<!-- banner\nmore -->\n## Head ##\n```\ncode here\n```\n- **Bold** item! Next\n",
            ("Head", "Bold item!"),
        ),
        ("# One\n# Two\n", ("One", "")),
        ("<!-- never closed", ("", "")),
        ("规则：先压缩。再合并。", ("", "规则：先压缩。")),
        ("", ("", "")),
    ],
)
def test_the_first_heading_and_sentence(body: str, expected: tuple[str, str]) -> None:
    assert opening(body) == expected


def test_a_caption_is_the_description_or_pointer_heading_and_sentence() -> None:
    body = "# How we merge\n\nSquash first. Then wait.\n"
    assert caption("Squash before merging", "pr", body, "anything") == "Squash before merging"
    said = caption("PR", "pr-flow", body, "- [pr-flow]( ) — merging needs two reviews")
    assert said == "PR — pr-flow — merging needs two reviews — How we merge — Squash first."
    assert caption("", "pr-flow", body, "- [pr-flow]( )") == "How we merge — Squash first."
    assert len(caption("", "x", "word " * 500)) <= CAPTION_MAX
    assert caption("", "x", "") == ""


@pytest.mark.parametrize(("name", "line"), [("a b", "- [a b](a%20b.md) — y"), ("ab", "- [Ab](ab.md) — y")])
def test_a_pointer_made_from_the_header_adds_nothing_to_it(name: str, line: str) -> None:
    assert caption("y", name, "y\n", pointers_in(line.encode())[f"{name}.md"]) == "y"
