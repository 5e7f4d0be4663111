"""Whether what a memory rests on still stands."""
