"""One module per journey; each joins the store and a provider, and neither knows the other."""
