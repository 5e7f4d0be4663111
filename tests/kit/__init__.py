"""What tests share: the command as a user runs it, and servers that play a model."""
