"""Backups: one tar file of a project's memory or of all, verified when it is made and before it is used."""
