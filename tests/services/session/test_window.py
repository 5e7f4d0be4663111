"""What is kept of a conversation: enough, not too much, and nothing that the API would refuse."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memctl.services.session import window as window_
from memctl.services.session.acceptance import Mended, sound
from memctl.services.session.window import LEAST, MOST, TEXTS, tokens, window
from tests.kit import conversations as c
from tests.kit.conversations import Message, answer, assistant, call, image, text, thinking, user


@settings(max_examples=50)
@given(c.histories())
def test_whatever_is_given_the_api_takes_what_comes_out(history: list[Message]) -> None:
    given = copy.deepcopy(history)
    made = list(sound(history, Mended()))
    assert history == given
    assert c.complaints(made, alone=False) == []
    again = Mended()
    assert list(sound(made, again)) == made
    assert not again


@settings(max_examples=50)
@given(c.histories(), st.integers(0, 3000), st.integers(0, 5))
def test_a_window_is_the_end_of_it_and_the_api_takes_it(
    history: list[Message], least: int, texts: int
) -> None:
    messages = list(sound(history, Mended()))
    found = window(iter(messages), least=least, most=4 * least + 400, texts=texts)
    assert len(found.messages) + found.left_out == len(messages)
    assert c.complaints(found.messages, alone=False) == []
    assert sum(map(tokens, found.messages)) == found.high <= 4 * least + 400
    kept = messages[found.left_out :]
    if not found.clipped:
        assert list(found.messages) == kept
    for one, other in zip(kept, found.messages, strict=True):
        if one["role"] != "user":
            assert one is other
    if found.low < least or found.texts < texts:  # all there is, or what stands in the way is the model's
        assert not found.left_out or _in_the_way(messages[: found.left_out], found.high, 4 * least + 400)


def _in_the_way(before: list[Message], kept: int, most: int) -> bool:
    """Whether the last step before the window is too long even with all that may be shortened at its shortest."""
    step = before[-1:]
    while len(step) < len(before) and any(b["type"].endswith("tool_result") for b in c._blocks(step[0])):
        step = before[-len(step) - 1 :]
    theirs = [message for message in step if message["role"] == "user"]
    loose = sum(map(tokens, theirs)) - 1600 * json.dumps(theirs).count('"image"')
    return sum(map(tokens, step)) - max(0, loose - 3000) + kept > most


def conversation(rounds: int, size: int = 2000) -> list[Message]:
    made = [user("Start.")]
    for number in range(rounds):
        made += [
            assistant(thinking(), f"Step {number}.", call(2 * number), call(2 * number + 1)),
            user(answer(2 * number, "x" * size), answer(2 * number + 1)),
            assistant(f"Done with {number}."),
            user(f"Then {number}."),
        ]
    return made


def test_at_least_ten_thousand_tokens_and_five_texts_are_kept() -> None:
    found = window(conversation(100))
    assert LEAST <= found.low <= found.high <= MOST
    assert found.texts >= TEXTS
    assert found.left_out > 0
    assert found.messages[0]["role"] == "user"
    small = window(conversation(100, size=40_000))
    assert small.texts >= TEXTS
    assert small.high <= MOST


def test_all_of_a_short_one_is_kept() -> None:
    found = window(conversation(3))
    assert found.is_whole
    assert len(found.messages) == 13


@pytest.mark.parametrize("role", ["person", "answer", "model"])
def test_a_giant_is_kept_by_its_ends(role: str) -> None:
    giant = "first " + "x" * 2_000_000 + " last"
    last = {
        "person": [user(giant)],
        "answer": [assistant(call(900)), user(answer(900, [text(giant), image()]))],
        "model": [assistant(thinking(), giant)],
    }[role]
    found = window([*conversation(60)[:-1], *last])
    assert len(found.messages) + found.left_out == len(conversation(60)) - 1 + len(last)
    assert found.clipped == 1
    assert LEAST <= found.low <= found.high <= MOST
    assert found.texts >= TEXTS
    kept = json.dumps(found.messages[-1])
    assert "first " in kept
    assert " last" in kept
    assert "characters left out" in kept


def test_what_the_model_signed_is_never_shortened() -> None:
    found = window([*conversation(30), assistant(thinking("x" * 300_000), "Done."), user("Go on.")])
    assert found.messages == (user("Go on."),)
    assert window([user("Go."), assistant(thinking("x" * 300_000))]).messages == ()
    whole = [user("Go."), assistant("x" * 300_000), user("Go on.")]
    assert window(whole).messages == (user("Go on."),), "it is not the last"


def test_a_call_of_the_server_that_waits_for_the_callers_tools_stays_with_its_answer() -> None:
    made = [assistant(c.server_call(1), call(1)), user(answer(1)), assistant(c.server_answer(1), "done")]
    room = sum(map(tokens, [*made, user("x")]))
    found = window([*conversation(9), *made, user("x")], least=1, most=room, texts=2)
    assert found.messages == (*made, user("x"))


def test_work_and_memory_grow_with_the_length_only() -> None:
    seen = 0

    def counted() -> object:
        nonlocal seen
        for message in conversation(2000, size=10):
            seen += 1
            yield message

    found = window(counted(), least=100, most=400)  # type: ignore[arg-type]
    assert seen == 8001
    assert found.left_out > 7900


def test_what_is_only_passed_by_is_not_made_into_json(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    encode = window_._json
    monkeypatch.setattr(window_, "_json", lambda value: (made.append(value), encode(value))[1])
    window(conversation(500, size=400), least=1_000, most=4_000)
    assert 20 < len(made) < 400, "of 2,001 messages"


def test_calls_and_answers_that_were_recorded_apart_come_together() -> None:
    mended = Mended()
    history = [
        user("go"), assistant(thinking()), assistant(call(1)), assistant(call(2)),
        user(answer(2)), user(answer(1), ""), user("and then"), assistant(call(3)),
    ]  # fmt: skip
    made = list(sound(history, mended))
    assert [m["role"] for m in made] == ["user", "assistant", "user", "assistant", "user"]
    assert made[1]["content"] == [thinking(), call(1), call(2)]
    assert made[2]["content"] == [answer(2), answer(1), text("and then")]
    assert made[4]["content"][0]["is_error"]
    assert (mended.answered, mended.dropped) == (1, 1)
