"""Where a text quotes: what stands in quotation marks is another's word, or a label, and not said itself."""

import re

QUOTED = re.compile(
    r'"[^"\n]{2,400}"|“[^”\n]{2,400}”|„[^“”\n]{2,400}[“”]|«[^»\n]{2,400}»|「[^」\n]{2,400}」|『[^』\n]{2,400}』'
    r"|‘[^’\n]{2,400}’|(?<![\w'])'[^'\n]{2,400}'(?![\w'])|《[^》\n]{1,100}》"
)
"""A quotation with its marks, within a line, at most 400 characters."""
