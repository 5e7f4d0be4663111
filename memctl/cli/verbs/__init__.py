"""One module a verb or a small group of verbs; they never import each other."""
