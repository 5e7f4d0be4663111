"""Where a sentence ends: what every cutting of a text into sentences has in common.

Who cuts says what else ends one there, a line or a semicolon, and what may stand between. Who hears a person
speak (`services/learn/sentences`) knows more abbreviations: half a sentence would be proposed as a fact.
"""

STOP = r"(?<=[.!?])(?<!\b[^\W\d_]\.)"
"""Right behind a stop before which no single letter stands, as in abbreviations: "e.g.", "z. B."."""

WIDE_STOP = "(?<=[。！？])"
"""Right behind one that no blank follows."""
