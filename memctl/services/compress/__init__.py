"""Shorter bodies with proof of what they keep, and the way back to the full text."""
