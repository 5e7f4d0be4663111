"""What comes from disk cannot speak to the terminal: not on stdout, not on stderr, not in an error."""

from pathlib import Path

import pytest

from memctl.cli.output import say
from tests.kit.cli import Memctl

ESCAPES = {
    "csi": "\x1b[31m\x1b[2J",
    "osc-title": "\x1b]0;title\x07",
    "osc-link": "\x1b]8;;http://x\x1b\\",
    "osc-clipboard": "\x1b]52;c;eA==\x07",
    "dcs": "\x1bPq\x1b\\",
    "apc": "\x1b_G\x1b\\",
    "c1": "\x9b31m",
    "cr": "\rover",
    "backspace": "\x08\x08",
    "bidi": "\u202e",
    "zero-width": "\u200b",
    "tag": "\U000e0041",
}
VERBS = (
    ("list",),
    ("recall", "deploy"),
    ("search", "deploy"),
    ("show", "deploy"),
    ("why", "deploy"),
    ("context", "--for", "deploy"),
    ("index", "--check"),
    ("doctor",),
    ("doctor", "--format", "github"),
    ("path", "deploy"),
)


@pytest.mark.parametrize("verb", VERBS)
def test_no_verb_passes_on_what_steers(memctl: Memctl, memory_dir: Path, verb: tuple[str, ...]) -> None:
    for number, evil in enumerate(ESCAPES.values()):
        text = (
            f"---\nname: deploy\ndescription: deploy window {evil}\ntype: project\n---\nDeploy {evil} now.\n"
        )
        name = evil.replace("/", "")
        (memory_dir / f"deploy{number or ''}.md").write_text(text, newline="")
        (memory_dir / f"deploy{name}x.md").write_text(text, newline="")
        (memory_dir / f"link{name}.md").symlink_to("/nowhere")
    done = memctl(*verb, "--color", "never", code=None)
    said = done.raw.decode("utf-8", "replace") + done.err
    assert "deploy" in said
    assert not set(said) & set("\x1b\x07\x08\x9b\r\u202e\u200b\U000e0041")


def test_a_message_is_escaped_whatever_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    say("memctl: error: \x1b[31mred\x1b]0;title\x07")
    assert capsys.readouterr().err == "memctl: error: \\u{001B}[31mred\\u{001B}]0;title\\u{0007}\n"
