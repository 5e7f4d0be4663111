"""What is kept about a memory directory outside it: inbox, cursors, which project it belongs to."""
