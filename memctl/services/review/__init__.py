"""From a proposal to a verdict: what accepting would do, what needs no asking, what the person decided."""
