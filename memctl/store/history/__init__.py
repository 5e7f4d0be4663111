"""The history of a memory directory: a git repository outside it."""
