"""Recorded agent sessions: one reader a format, and `readers`, which tells them apart."""
