"""The search cache: derived from the files, disposable."""
