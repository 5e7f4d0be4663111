"""One memory directory as a page to read: what is remembered, what became of it, what waits, what it cost."""
