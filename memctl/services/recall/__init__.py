"""Which memories fit a query, and why."""
