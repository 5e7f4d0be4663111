"""What of a session must survive: the note, the session memory, compaction, handoff."""
