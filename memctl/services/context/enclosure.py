"""What memories say, in a fence that says that it is data: for a model that asked for it."""

import os

from memctl.services.context.block import ABOUT, redacted, shown
from memctl.store.state.clean import Clean
from memctl.text import fence


def fenced(text: str) -> str:
    """`text` of the memories, plain and without secrets, in a fence; "" where it says nothing."""
    if not text.strip():
        return ""
    nonce = os.urandom(8).hex()
    return "\n".join([fence.opening(nonce), ABOUT, shown(redacted(text, Clean())), fence.closing(nonce)])
