"""What a person answered when Claude Code's own tool AskUserQuestion asked: chosen or typed.

The question is the agent's. The answer is the person's where the call was of that tool, which no MCP server
can be called, and its result is no error. `toolUseResult.answers` has it by question (recordings of 2.1.39 to
2.1.49, source of 2.1.328); a record without `toolUseResult`, as exports have it, has it in the result's
text: each question word for word, then its answer, in the order of the call. An answer that a hook gave in
the person's place looks the same.
"""

from typing import Any

from memctl.agents.transcripts import fields

TOOL = "AskUserQuestion"

_BEGINS = ("User has answered your questions: ", "Your questions have been answered: ")
_ENDS = ". You can now continue with "
_SHOWN = ('" selected preview:', '" user notes: ')


def answers(asked: object, content: str, noted: object) -> list[str]:
    """The answers to a call whose input was `asked`; `noted` is the record's `toolUseResult`. None of a
    question that was left open."""
    questions = [fields.text_of(one.get("question")) for one in fields.objects(asked)]
    if noted is not None:
        return _noted(fields.mapping(noted))
    begin = next((len(begin) for begin in _BEGINS if content.startswith(begin)), 0)
    end = content.rfind(_ENDS)
    return _told(questions, content[begin:end]) if begin and end >= begin else []


def _noted(noted: dict[str, Any]) -> list[str]:
    found = []
    for question, answer in fields.mapping(noted.get("answers")).items():
        about = fields.mapping(fields.mapping(noted.get("annotations")).get(question))
        for said in (answer, about.get("notes")):
            text = fields.text_of(said).strip()
            if text and text not in found:
                found.append(text)
    return found


def _told(questions: list[str], text: str) -> list[str]:
    """The answers in `"question"="answer", ...`; none where the text is not that to its end."""
    found = []
    marks = [f'"{question}"="' for question in questions if question]
    marks = [mark for mark in marks if mark in text]
    for at, mark in enumerate(marks):
        follows = marks[at + 1] if at + 1 < len(marks) else ""
        if not text.startswith(mark):
            return []
        text = text[len(mark) :]
        end = text.find(f", {follows}") if follows else len(text)
        if end < 0:
            return []
        part, text = text[:end], text[end + 2 :]
        cut = min((at for at in map(part.find, _SHOWN) if at >= 0), default=part.rfind('"'))
        found.append(part[: max(cut, 0)].strip())
    return [said for said in found if said]
