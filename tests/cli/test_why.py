"""What `why` says, word for word: for somebody who has never heard how a search engine weighs words."""

from pathlib import Path

import pytest

from tests.kit.cli import Memctl
from tests.kit.topics import write_topic
from tests.kit.warm import Warm

SHIP = """\
selector: lexical; 3 memories, 2 candidates
returned: wombat
wombat:
  ok  listed: wombat.md is in the memory directory
  ok  current: neither expired nor superseded
  ok  words: it has wombat, ship (as deploys)
  ok  selected: wombat.md was returned, rank 1
words of your prompt:
  write: in 1 memory; an everyday word, which decides nothing
  the: too common in any text to count for much
  wombat: in 1 memory
  and: too common in any text to count for much
  ship: in no memory itself; deploys stands for it
  it: too common in any text to count for much
memories by their words, the best first:
  wombat.md: returned  [wombat, ship (as deploys)]
  letters.md: fits much less than the first, so it is left out  [write]
wombat is warm: MEMORY.md has room and no pointer to it: memctl index adds one
"""

BREAD = """\
selector: lexical; 3 memories, 1 candidate
returned: nothing
wombat:
  ok  listed: wombat.md is in the memory directory
  ok  current: neither expired nor superseded
  ok  words: it has publish (as deploys)
  no  selected: wombat.md: too little in common: it has 15% of what your prompt is about (two telling words \
themselves, or 50%, would do), and no other memory has enough
words of your prompt:
  publish: in no memory itself; deploys stands for it
  a: too common in any text to count for much
  sourdough: in no memory
  recipe: in no memory
  book: in no memory
memories by their words, the best first:
  wombat.md: too little in common: it has 15% of what your prompt is about (two telling words themselves, or \
50%, would do), and no other memory has enough  [publish (as deploys)]
wombat is warm: MEMORY.md has room and no pointer to it: memctl index adds one
"""


@pytest.mark.parametrize(
    ("query", "said"), [("write the wombat and ship it", SHIP), ("publish a sourdough recipe book", BREAD)]
)
def test_why_speaks_plainly(tmp_path: Path, memory_dir: Path, warm: Warm, query: str, said: str) -> None:
    write_topic(memory_dir, "wombat", "Deploys go through the wombat pipeline")
    write_topic(memory_dir, "pets", "The office dog is called Rufus")
    write_topic(memory_dir, "letters", "Who may write letters to customers")
    memctl = Memctl(tmp_path, directory=memory_dir, warm=warm)
    assert memctl("why", query, "--expect", "wombat", "--selector", "lexical").out == said
