"""What one session holds, and what of it survives a compaction."""
