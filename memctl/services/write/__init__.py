"""Changes to a memory directory, and the one door that they go through."""
