"""What somebody else wrote in a person's message, told by its form: a mail, and the lines of a chat.

A mail begins with its header, two of its fields at least, one below the other, and goes on to the end of the
message: where its text ends nothing tells. A line of a chat bears the time and who wrote it; where both stand
on a line of their own, what follows to the next blank line is theirs.
"""

import re
from collections.abc import Iterator

_FIELDS = (
    "from|to|cc|bcc|sent|subject|date|reply-to"
    "|von|an|gesendet|betreff|datum"
    "|de|à|envoyé|objet"
    "|para|enviado|asunto|fecha|assunto|data"
    "|da|a|inviato|oggetto"
    "|от|кому|копия|отправлено|тема|дата"
    "|发件人|收件人|抄送|发送时间|主题|日期|寄件者|收件者|主旨"
    "|差出人|宛先|件名|日時|送信日時"
    "|보낸 ?사람|받는 ?사람|참조|제목|날짜|보낸 ?날짜"
)
"""The fields of a mail's header as clients show them, in the languages of the tables."""

_FIELD = re.compile(rf"[ \t>*]*(?P<name>{_FIELDS})\**[ \t]*[:：]\**[ \t]*\S", re.IGNORECASE)

_CLOCK = r"\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:\s?[ap]\.?m\.?)?"
_NAME = r"@?[^\W\d][\w.'’-]*(?: [\w.'’()-]+){0,3}"
_DAY = r"(?:[\w./-]+(?: \w+)?(?: at|,)? ?)?"

_LINE = re.compile(
    rf"\s*(?:[\[(]{_DAY}{_CLOCK}[\])]|(?:\d[\d./-]+,? )?{_CLOCK}\s*[-–—|]?)\s*<?{_NAME}>?\s*[:：]\s*\S"
    rf"|\s*{_NAME},? [\[(]{_DAY}{_CLOCK}[\])]\s*[:：]\s*\S",
    re.IGNORECASE,
)
"""`[10:01] bob: ...`, `10:01 - Bob: ...`, `[3.11.26, 10:01:22] Bob B.: ...`, `bob [10:01]: ...`"""

_HEAD = re.compile(
    rf"\s*{_NAME}(?:\s{{2,}}|\t|\s*[—–|]\s*|,?\s+(?=[\[(]))[\[(]?{_DAY}{_CLOCK}[\])]?\s*:?\s*\Z"
    rf"|\s*@?[^\W\d][\w.'’-]*(?: [^\W\d][\w.'’-]*)? {_CLOCK}(?<=m|\.)\s*\Z",
    re.IGNORECASE,
)
"""`bob  10:01 AM`, `Bob Byrne — Today at 10:01`, `Bob [10:01]:`, alone on its line; with one blank only where
the time says am or pm."""

LINE_MAX = 400
"""Characters of the beginning of a line that are looked at."""


def blank(text: str) -> str:
    """`text` at the same length, what somebody else wrote made blanks; line ends stay."""
    lines = text.splitlines(keepends=True)
    if not any(":" in line or "：" in line or "." in line for line in lines):
        return text
    theirs = list(_theirs(lines))
    return "".join(_spaces(line) if drop else line for line, drop in zip(lines, theirs, strict=True))


def _theirs(lines: list[str]) -> Iterator[bool]:
    """Of each line, whether somebody else wrote it."""
    mail = below = False
    for at, line in enumerate(lines):
        start = line[:LINE_MAX].rstrip("\r\n")
        mail = mail or _begins_mail(lines, at)
        below = bool(start.strip()) and (below or bool(_HEAD.match(start)))
        yield mail or below or bool(_LINE.match(start))


def _begins_mail(lines: list[str], at: int) -> bool:
    """Whether a mail's header begins at a line: another field stands right below."""
    first = _FIELD.match(lines[at][:LINE_MAX])
    second = _FIELD.match(lines[at + 1][:LINE_MAX]) if first and at + 1 < len(lines) else None
    return bool(first and second and first["name"].casefold() != second["name"].casefold())


def _spaces(line: str) -> str:
    return "".join(char if char in "\r\n" else " " for char in line)
