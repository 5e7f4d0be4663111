"""What of a prompt is asked, and what is pasted."""

import pytest

from memctl.text.prompt import asked_and_pasted

ASKED = "why does this fail?"
PASTES = {
    "fence": "```\nx = 1\ny = 2\nz = 3\n```",
    "diff": "diff --git a/a b/a\n@@ -1,2 +1,2 @@\n-old\n+new\n same",
    "trace": 'Traceback (most recent call last):\n  File "a.py", line 1, in <module>\n    main()\n  File "b.py"',
    "log": "2026-11-20T02:31:00 INFO a\n2026-11-20T02:31:01 WARN b\n[ERROR] c",
    "java": "    at a.b.C(D.java:1)\n    at a.b.E(F.java:2)\n    at a.b.G(H.java:3)",
    "quote": "> one\n> two\n> three",
}


@pytest.mark.parametrize("paste", PASTES.values(), ids=PASTES)
def test_the_persons_own_line_is_what_is_asked(paste: str) -> None:
    for prompt in (f"{ASKED}\n{paste}", f"{paste}\n{ASKED}"):
        asked, pasted = asked_and_pasted(prompt)
        assert asked.strip() == ASKED
        assert pasted


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        ASKED,
        "one\ntwo\nthree\nfour",
        "please\n- do this\n- and that\n- and this",
        "please\n  1. do this\n  2. and that\n  - and this",
        *PASTES.values(),  # nothing but a paste is asked as it stands
    ],
)
def test_a_prompt_without_both_is_taken_whole(prompt: str) -> None:
    assert asked_and_pasted(prompt) == (prompt, "")
