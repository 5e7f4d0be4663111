r"""The whole inbox as one text that a person edits: a block for each proposal, between two marks.

    === 4f2a9c1b77 create tabs-go
    #~ said in t0: “From now on use tabs in Go.”
    name: tabs-go
    type: feedback
    description: Use tabs in Go.

    Use tabs in Go.

    === end

A line that begins with `#~` is a comment. A line of a text that begins like a comment or a mark is written
with a backslash before it, and a character that hides or steers as `\u{202E}`, so that whatever a text holds
comes back as it was and no text can end its block or begin another.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from memctl.text.escape import escape, hidden

COMMENT = "#~"
MARK = "==="
CLOSE = f"{MARK} end"

_PROBLEM = f"{COMMENT} !"
"""How the comments begin that say what could not be read: they go once it is read again."""

_LIKE_OURS = re.compile(rf"\\*(?:{COMMENT}|{MARK}(?:\s|$))")
_SPELT = re.compile(r"(\\+)u\{([0-9A-F]{1,6}\})?")
_FIELD = re.compile(r"([a-z]+):(.*)", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """One proposal: its fields in order and its text. `title` and `comments` are only shown; `line` is that
    of the opening mark and `where` those of the fields, where it was read from a text."""

    id: str
    fields: Mapping[str, str]
    body: str = ""
    title: str = field(default="", compare=False)
    comments: Sequence[str] = field(default=(), compare=False)
    line: int = field(default=0, compare=False)
    where: Mapping[str, int] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Problem:
    """What stands in line `line` and cannot be read."""

    line: int
    message: str


def printed(blocks: Iterable[Block], head: Iterable[str] = ()) -> str:
    """`blocks` below the comments `head`, as the text that `parsed` reads."""
    lines = [comment(line) for line in head]
    for block in blocks:
        lines += ["", f"{MARK} {block.id} {escape(block.title)}".rstrip(), *map(comment, block.comments)]
        lines += [f"{key}: {_spelt(value)}".rstrip(" ") for key, value in block.fields.items()]
        if block.fields:
            lines += ["", *(_guarded(_spelt(line)) for line in block.body.split("\n"))]
        lines.append(CLOSE)
    return "\n".join(lines) + "\n"


def comment(line: str) -> str:
    """`line` as one comment, whatever it holds."""
    return f"{COMMENT} {escape(line, keep=chr(9))}".rstrip(" ")


def parsed(text: str) -> tuple[list[Block], list[Problem]]:
    """The blocks of `text` in their order, and what of it cannot be read."""
    blocks: list[Block] = []
    problems: list[Problem] = []
    opened: tuple[int, str] | None = None
    held: list[tuple[int, str]] = []
    for number, line in enumerate(_lines(text), 1):
        if line.startswith(COMMENT) or (opened is None and not line.strip()):
            continue
        is_close = line.rstrip() == CLOSE
        if opened is not None and is_close:
            blocks.append(_block(opened, held, problems))
            opened = None
        elif line.startswith(MARK + " ") and not is_close:
            if opened is not None:
                problems.append(Problem(opened[0], f"this block has no `{CLOSE}`"))
            opened, held = (number, line), []
        elif opened is None:
            problems.append(Problem(number, "this stands in no block"))
        else:
            held.append((number, line))
    if opened is not None:
        problems.append(Problem(opened[0], f"this block has no `{CLOSE}`"))
    return blocks, problems


def with_problems(text: str, found: Sequence[Problem]) -> str:
    """`text` with what is wrong said at its top, by the lines as they then are; what was said before goes."""
    lines = _lines(text)
    before = [line.startswith(_PROBLEM) for line in lines]
    told = [(one.line + len(found) - sum(before[: one.line]), one.message) for one in found]
    said = [f"{_PROBLEM} line {line}: {escape(message)}" for line, message in told]
    kept = [line for line, is_said in zip(lines, before, strict=True) if not is_said]
    return "\n".join([*said, *kept])


def _lines(text: str) -> list[str]:
    """A carriage return is an editor's own: those of a text are spelt out."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")


def _block(opened: tuple[int, str], held: list[tuple[int, str]], problems: list[Problem]) -> Block:
    line, mark = opened
    rest = iter(held)
    fields: dict[str, str] = {}
    where: dict[str, int] = {}
    for number, said in rest:
        if not said.strip():
            if fields:
                break
            continue
        found = _FIELD.fullmatch(said)
        if found is None or found[1] in fields:
            problems.append(Problem(number, "this is no field; the text begins below an empty line"))
            break
        fields[found[1]], where[found[1]] = _meant(found[2].removeprefix(" ")), number
    body = "\n".join(_meant(_unguarded(said)) for _, said in rest)
    return Block(mark.split()[1], fields, body, line=line, where=where)


def _guarded(line: str) -> str:
    return "\\" + line if _LIKE_OURS.match(line) else line


def _unguarded(line: str) -> str:
    return line[1:] if line.startswith("\\") and _LIKE_OURS.match(line) else line


def _spelt(line: str) -> str:
    """`line` with what hides spelt out. Backslashes before what could be taken for that are doubled."""
    return "".join(_pieces(line))


def _pieces(line: str) -> Iterator[str]:
    at = 0
    for index, _ in [*hidden(line, keep="\t"), (len(line), "")]:
        plain = re.sub(r"\\+(?=u\{)", lambda m: m[0] * 2, line[at:index])
        if index == len(line):
            yield plain
            return
        slashes = plain[len(plain.rstrip("\\")) :]
        yield f"{plain}{slashes}\\u{{{ord(line[index]):X}}}"
        at = index + 1


def _meant(line: str) -> str:
    """What `_spelt` was given; a spelling that is none stays as it is."""
    return _SPELT.sub(_read, line) if "\\u{" in line else line


def _read(found: re.Match[str]) -> str:
    half, odd = divmod(len(found[1]), 2)
    code = int(found[2][:-1], 16) if found[2] else -1
    if not odd:
        return "\\" * half + found[0][len(found[1]) :]
    is_char = 0 <= code < 0xD800 or 0xDFFF < code < 0x110000
    return "\\" * half + chr(code) if is_char else found[0]
