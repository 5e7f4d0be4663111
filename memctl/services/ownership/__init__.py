"""Whose a memory directory is: what tells one project from another, and who may use which directory."""
