"""The agents that memctl knows: who they are, how their hooks speak, how their transcripts read."""
