"""Hot, warm, cold: where each memory stands, why, and how a person moves it."""
