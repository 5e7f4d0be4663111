"""What a person works with key by key."""
