"""Proposals that tidy the memories: found in what they say, checked for what they would lose."""
