"""Bytes of topic files and of the index, and the values they hold: pure in both directions."""
