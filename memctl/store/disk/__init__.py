"""The operating system's part: regular files only, durable replacement, the lock, its errors as ours."""
