"""What a chat or a person hands back, in whatever wrapping."""

import json

import pytest

from memctl.domain.memory import Memory
from memctl.errors import MemctlError
from memctl.services.recall.handback import read

ANSWER = {
    "memories": [{"id": "wombat", "prompts": ["ship it", "release"]}, {"id": "b", "prompts": ["x [y] {z}"]}]
}
TEXT = json.dumps(ANSWER, indent=1)
SAID = {"wombat": ["ship it", "release"], "b": ["x [y] {z}"]}
FIRST, SECOND = (json.dumps({"memories": [entry]}) for entry in ANSWER["memories"])


@pytest.mark.parametrize(
    "wrapped",
    [
        TEXT,
        f"Sure! Here [as asked] are {{the}} prompts:\n\n```json\n{TEXT}\n```\nAnything else?",
        f"~~~\n{TEXT}\n~~~",
        f"Part 1\n```json\n{FIRST}\n```\nPart 2\n```json\n{SECOND}\n```\n",
        f"Part 1\n```json\n{FIRST}\n```\nand then {SECOND}\n```json\n{SECOND}\n```",
        TEXT.replace('"', "\u201c", 1).replace("\u201cmemories", "\u201dmemories").replace(" ", "\u00a0", 2),
        TEXT.replace("]}", "],}").replace('"release"', '"release",'),
        TEXT.rsplit("]", 1)[0] + ',\n {"id": "cut", "prom',
        f"{FIRST}\n{SECOND}\n",
        json.dumps(ANSWER["memories"]),
        json.dumps(SAID),
        json.dumps({"memories": SAID}),
        json.dumps({name: {"prompts": prompts} for name, prompts in SAID.items()}),
        "\ufeff" + TEXT,
        "[link](x) " * 300 + f"\n```\n{TEXT}\n```",
    ],
)
def test_an_answer_is_read_in_any_wrapping(wrapped: str) -> None:
    assert {name: entry.prompts for name, entry in read(wrapped).items()} == SAID


@pytest.mark.parametrize(
    "text", ["", "no JSON at all", "[]", '{"a": 1}', "{" * 5000, '{"a":' * 900 + "1" + "}" * 900]
)
def test_what_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(MemctlError, match="no list of prompts"):
        read(text)


def test_a_description_comes_with_its_memory() -> None:
    (entry,) = read('{"memories": [{"name": "a", "prompts": [], "description": "What it is"}]}').values()
    assert (entry.prompts, entry.description) == ([], "What it is")


def test_a_memory_is_found_by_whatever_it_may_be_called() -> None:
    from memctl.services.recall.handback import _Names
    from memctl.services.recall.sifting import Guard

    def made(file: str, name: str) -> Memory:
        return Memory(file, b"", name, "", None, "")

    memories = [made("a/deploy.md", "Deploys"), made("b/deploy.md", "Other"), made("Memo.md", "memo")]
    names = _Names(memories, Guard(lambda text: text, lambda text: False))
    found = {name: memory and memory.file for name in ("a/deploy", "b/deploy.md", "DEPLOYS", "deploy", "memo", "x")
             if (memory := names.find(name)) or True}  # fmt: skip
    assert found == {
        "a/deploy": "a/deploy.md", "b/deploy.md": "b/deploy.md", "DEPLOYS": "a/deploy.md", "deploy": None,
        "memo": "Memo.md", "x": None,
    }  # fmt: skip
