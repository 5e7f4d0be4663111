"""A person's message as sentences: without code, logs, quotations and pasted matter.

A statement counts only in the person's own running words. Every sentence keeps the place where it stands,
so that a quote is taken from the message letter by letter.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from memctl.services.learn import echo, foreign
from memctl.services.learn.languages import Language, spoken
from memctl.text.quotation import QUOTED

SENTENCE_MAX = 600
"""Characters of a sentence that is looked at: longer ones are pasted matter, not statements."""

LOOKED_AT = 1_000
"""Characters of each end of a line that tell whether it was pasted."""

TEXT_MAX = 200_000
"""Characters of a message that are looked at."""


@dataclass(frozen=True)
class Sentence:
    """`text` as it stands in the message; `masked` has the same length, quotations and code made `x`."""

    text: str
    masked: str
    paragraph: int
    bullet: bool


_FENCE = re.compile(
    r"^[ \t]{0,3}(?P<f>```+|~~~+).*?(?:^[ \t]{0,3}(?P=f)[ \t]*$|\Z)", re.MULTILINE | re.DOTALL
)
_CODE = re.compile(r"``[^`\n]{1,300}``|`[^`\n]{1,300}`")
_LINK = re.compile(r"https?://[^\s<>\"'）)】]+")
_LOG = re.compile(
    r"^\s*(?:\[?\d{4}[-/]\d\d[-/]\d\d[T ]|\[?\d\d:\d\d:\d\d"
    r"|\[?(?-i:ERROR|WARN(?:ING)?|INFO|DEBUG|TRACE|FATAL|NOTICE)\b|Traceback|File \""
    r"|\s*at \S+[(:]|\+\+\+ |--- |@@ |diff --git|index [0-9a-f]{7}|[$%] \S|>>> |\.\.\. |# \w+ ?="
    r"|npm ERR|error(?:\[\w+\])?:"
    r"|warning:|fatal:|note:\s|\S+:\d+:\d+|E\s{2,}|FAILED |PASSED |ok \d|not ok|={3,}|-{3,}"
    r"|\|.*\|\s*$|[{}\[\]()<>;]+\s*$|import \w"
    r"|from \w+ import|(?:def|class|function|const|let|var|public|private|return|if|for|while)\b.*[{:;(]\s*$"
    r"|[+-](?![ \t])|[\w.]+\(.*\)\s*;?\s*$)|[;{]\s*$|=>\s*[{(]?",
    re.IGNORECASE,
)
_NOT_SAID = re.compile(r"\s*(?:>|\||#{1,6}\s|//|/\*|\*/|<!--|[-*+]\s+\[[ xX]\]|(?:TODO|FIXME|XXX|HACK)\b)")
"""How lines begin that quote, head, comment or list what is to be done: nobody states anything in them."""

_PASTE_INTRO = re.compile(
    r"(?:\b(?:here(?:'s| is| are)|output|logs?|error|trace(?:back)?|stack|says?|reads?|prints?|printed|got"
    r"|getting|see(?:ing)?|contents?|paste[ds]?|readme|claude\.md|agents\.md|docs?|documentation|article|email"
    r"|message from|wrote|comment(?:ed)?|reviewer|guidelines?|ticket|issue|slack|diff|example|response"
    r"|requirements?|criteria|user story|specification"
    r"|prompt|translate"
    r"|summari[sz]e|proofread|rewrite|rephrase|review this|fix this text)\b[^\n]{0,160}"
    r"|(?:输出|日志|报错|错误信息|文档|文章|内容|原文|他说|她说|需求|要求|客户|翻译|总结|润色|如下)[^\n]{0,80})[::]\s*$",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(
    r"[\w.-]+\.(?:md|mdc|txt|rst|adoc|pdf|docx?|html?|eml)\b[^\n]{0,80}[:：]\s*$"
    r"|\b(?:readme|claude\.md|agents\.md|docs?|[\w-]+\.(?:md|mdc|txt|rst))`?\s+(?:says?|reads?|states?|said)\s*$",
    re.IGNORECASE,
)
"""A line that names a document and ends in a colon, or says of one that it says: its text follows."""

_OWN = ("ask", "query", "prefer", "self", "plan", "refuse", "withdraw")
"""Keys with which a paragraph turns to the agent: what was pasted before it is over."""

_BULLET = re.compile(r"^\s*(?:[-*+•·]|\d{1,3}[.)、]|[（(]?\d{1,2}[)）])\s+(?:\[[ xX]\]\s+)?")
_END = re.compile(
    r"(?<=[.!?])(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\betc\.)(?<!\bvs\.)(?<!\bca\.)(?<!\bz\.B\.)(?<!\bp\.ex\.)(?<!\bNo\.)(?!(?<=\d\.)\s+[^\W\d_A-Z])[\"')\]]*\s+(?=\S)|(?<=[。！？])|(?<=[!?;])(?=[\u3040-\u9fff])"
)


def sentences(text: str, longest: int = SENTENCE_MAX) -> Iterator[Sentence]:
    """The sentences of one message in order, what is not the person's running words left out, and what is
    longer than `longest` characters."""
    text = text[:TEXT_MAX]
    visible = foreign.blank(_blank_code(echo.blank(text)))
    for number, (start, end, bullet) in enumerate(_paragraphs(visible)):
        masked = mask(visible[start:end])
        for one, stop in _split(masked):
            if masked[one:stop].strip() and stop - one <= longest:
                yield Sentence(text[start + one : start + stop], masked[one:stop], number, bullet)


def _blank_code(text: str) -> str:
    return _FENCE.sub(lambda m: "".join("\n" if c == "\n" else " " for c in m[0]), text)


def mask(text: str) -> str:
    """Quotations, code and addresses made `x`, emphasis marks and line ends made blanks."""
    for pattern in (_CODE, QUOTED):
        text = pattern.sub(lambda m: "x" * len(m[0]), text)
    text = _LINK.sub(lambda m: m[0][:7] + "/" + "x" * (len(m[0]) - 8), text)  # stays an address
    return re.sub(r"[*\n\r\t]|(?<!\w)_|_(?!\w)", " ", text).replace("\u2019", "'")


def _split(masked: str) -> Iterator[tuple[int, int]]:
    """(start, end) of each sentence, blanks trimmed."""
    last = 0
    for match in [*_END.finditer(masked), None]:
        stop = match.start() if match else len(masked)
        piece = masked[last:stop]
        yield last + len(piece) - len(piece.lstrip()), last + len(piece.rstrip())
        last = match.end() if match else stop


def _paragraphs(text: str) -> Iterator[tuple[int, int, bool]]:
    """(start, end, bullet) of runs of lines that belong together, pasted runs left out."""
    runs, at = _Runs(text), 0
    for line in text.splitlines(keepends=True):
        yield from runs.take(line, at)
        at += len(line)
    yield from runs.close()


class _Runs:
    """The runs of a message, line by line. `pasted`: what follows was announced as not the person's words."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._start = self._end = 0
        self._bullet = self._open = self._pasted = self._parted = False
        self._width = max((len(line) for line in text.splitlines()), default=0)

    def take(self, line: str, at: int) -> Iterator[tuple[int, int, bool]]:
        """Look at the line that begins at `at`; gives the run that it ends."""
        if not line.strip():
            self._blank(at)
            yield from self.close()
        elif _NOT_SAID.match(line) or _LOG.search(_ends(line)):
            yield from self.close()
        elif self._pasted and not self._open and not self._is_own(line):
            self._end = at + len(line)
            self._parted = False
        else:
            self._pasted = self._parted = False
            yield from self._said(line, at)

    def _said(self, line: str, at: int) -> Iterator[tuple[int, int, bool]]:
        """Take a line of the person's: it goes on with the run, begins one, or was announced as pasted."""
        item = _BULLET.match(line)
        goes_on = self._open and not item and self._goes_on(line)
        announced = self._open and not item and not goes_on and self._announces()
        if not goes_on:
            yield from self.close()
        if announced:
            self._pasted, self._end = True, at + len(line)
            return
        if not goes_on:
            self._start, self._bullet, self._open = at + (item.end() if item else 0), bool(item), True
        self._end = at + len(line.rstrip("\r\n"))

    def close(self) -> Iterator[tuple[int, int, bool]]:
        """The run that is open, if there is one."""
        if self._open:
            self._open = False
            yield self._start, self._end, self._bullet

    def _goes_on(self, line: str) -> bool:
        """Whether `line` belongs to the run: to a bullet by its indent, else by how the text is wrapped."""
        below = self._bullet and line[0] in " \t" and self._run.rstrip()[-1:] not in ".!?。！？:："
        return below or _continues(self._run, line.strip(), self._width)

    def _blank(self, at: int) -> None:
        if self._open:
            self._pasted = self._announces()
        elif self._pasted and self._end and at - self._end > 2:
            self._pasted = False  # one blank line may follow the words that announce a paste, no more
        else:
            self._parted = True

    @property
    def _run(self) -> str:
        return self._text[self._start : self._end]

    def _announces(self) -> bool:
        run = _ends(self._run)
        return bool(_PASTE_INTRO.search(run) or _DOCUMENT.search(run))

    def _is_own(self, line: str) -> bool:
        """Whether a line behind a blank one, after what was pasted, turns to the agent."""
        return self._parted and any(self._language.opens(key, line) for key in _OWN)

    @cached_property
    def _language(self) -> Language:
        return spoken(self._text)


def _ends(text: str) -> str:
    """The beginning and the end of a long text, where it shows what it is; patterns would take too long on
    all of it."""
    return text if len(text) <= 2 * LOOKED_AT else text[:LOOKED_AT] + text[-LOOKED_AT:]


def _continues(before: str, line: str, width: int) -> bool:
    """Whether a line goes on with the sentence of the line before: text wrapped at `width`, the longest
    line of the message, so that its first word would not have fitted there. In a chat a new line is a new
    thought."""
    last = before.rsplit("\n", 1)[-1].rstrip()
    if len(last) < 50 or last[-1:] in ".!?。！？:：":
        return False
    wide = ord(line[0]) > 0x2E80
    return (line[:1].islower() or wide) and len(last) + 1 + (2 if wide else len(line.split()[0])) > width
