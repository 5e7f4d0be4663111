"""Proposals on their way into the inbox, and back into it."""
