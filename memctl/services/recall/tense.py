"""Whether a question is about the past: by what its language says of an earlier time, and by the tense of its
verb where that is one of using, trying or giving up.

A past tense alone says little ("what did we decide?" asks what holds), and "before you commit" is about now.
"""

from memctl.text import grammar
from memctl.text.prompt import asked_and_pasted

READ_MAX = 2_000
"""Characters of a query that are read: who asks about the past says so in a sentence."""


def is_past(query: str) -> bool:
    """Whether `query`, in one of ten languages, asks how things were."""
    asked = asked_and_pasted(query)[0][:READ_MAX]
    return any(grammar.pattern(name, "past").search(asked) for name in grammar.likely(asked))
