"""How results are laid out: JSON documents, tables, proposals."""
