"""Two places of one project's memory become one: nothing of either is lost, also in what is kept about them."""
