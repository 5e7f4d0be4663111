"""Values and pure functions: no file, no clock, no process (time is a parameter)."""
