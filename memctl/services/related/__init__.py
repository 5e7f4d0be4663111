"""Which memories a new statement is about, and how it stands to each."""
