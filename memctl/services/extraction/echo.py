"""The echo guard: what was put into a session is no evidence for a memory.

Readers already mark what a client records apart from the person's words (`Turn.origin`). What stands inside
a person's turn is blanked here: memctl's own fenced blocks, the client's tags, and pasted markup. Only a
block with both its ends is blanked, from an opening mark to the nearest closing one, so that a forged mark
hides nothing but what stands inside it.
"""

import re
from dataclasses import replace

from memctl.domain import fence
from memctl.domain.transcript import Turn

_OWN = re.compile(
    rf'<{fence.TAG} nonce="(?P<nonce>[0-9A-Za-z]{{1,64}})">.*?</{fence.TAG} nonce="(?P=nonce)">', re.DOTALL
)

_CLIENT = re.compile(
    r"<(?P<tag>system-reminder|user-prompt-submit-hook|session-start-hook|local-command-[a-z]+|bash-[a-z]+"
    r"|command-[a-z]+|task-notification|environment_context|user_instructions|INSTRUCTIONS|ide_[a-z_]+"
    r"|session_context|hook_context|attached_files|cursor_rules|additional_data|new-diagnostics)\b[^>]{0,200}>"
    r".*?</(?P=tag)>",
    re.DOTALL,
)

_PASTED = re.compile(r"<(?P<tag>[A-Za-z][\w.:-]{0,40})(?:\s[^<>]{0,400})?>.*?</(?P=tag)\s*>", re.DOTALL)


def blank(text: str) -> str:
    """`text` at the same length, with injected blocks and pasted markup made spaces; line ends stay."""
    if "<" not in text:
        return text
    for pattern in (_OWN, _CLIENT, _PASTED):
        text = pattern.sub(_spaces, text)
    return text


def _spaces(match: re.Match[str]) -> str:
    return "".join("\n" if c == "\n" else " " for c in match[0])


def heard(turn: Turn) -> Turn | None:
    """`turn` with what was injected blanked; None when nothing of it was said by a person or an agent."""
    if turn.origin == "injected" or turn.role == "system":
        return None
    if turn.origin != "person":
        return turn
    text = _CLIENT.sub(_spaces, _OWN.sub(_spaces, turn.text)) if "<" in turn.text else turn.text
    return replace(turn, text=text) if text.strip() else None
