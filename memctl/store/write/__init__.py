"""One change on its way to disk: journal, files, index, history."""
