"""The files of a memory directory, listed and read."""
