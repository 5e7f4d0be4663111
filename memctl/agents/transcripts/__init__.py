"""Recorded agent sessions: one reader per agent's format, and the registry that tells them apart."""
