"""Strings and what is known about them: pure, no file is touched."""
