"""Providers: what answers a prompt. Only `claude` imports the anthropic SDK."""
