"""Command lines as far as memctl reads them: where quotation marks stand, where a command ends, which words
say nothing about what is run. No parser: what an agent ran may be of any shell, and be cut off.
"""

import re

QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
"""A text in quotation marks; within double ones a backslash takes the next character's meaning."""

HEREDOC = re.compile(r"(<<-?[ \t]*(['\"]?)(\w+)\2[^\n]*)(\n.*?(?:^[ \t]*\3\b|\Z))", re.DOTALL | re.MULTILINE)
"""What a command is given from the lines below it, a text, no commands: group 1 is the rest of its own line,
group 4 the text up to the word that ends it."""

JOINS = re.compile(r"&&|\|\||[;|\n]")
"""What stands between two commands."""

LOOKING = frozenset("cd echo cat head tail grep sed ls true wc sort".split())
"""What runs in every session and says nothing about it: moving about, and looking at text."""

IDLE = LOOKING | frozenset("for if while export set".split())
"""These, and what begins a construct or a setting of the shell."""

WRAPPERS = frozenset("sudo time env nohup timeout exec then do else".split())
"""Words before the program that is run."""


def words(part: str) -> list[str]:
    """The words of one command without settings (`CI=1`), its program first."""
    return [word for word in part.split() if "=" not in word.partition("/")[0]]
