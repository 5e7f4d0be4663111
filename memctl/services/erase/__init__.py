"""Erasing for good: what a request means, and what of it memctl cannot reach."""
