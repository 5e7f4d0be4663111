"""One module per agent, and git: what to install there, and how its hook speaks."""
