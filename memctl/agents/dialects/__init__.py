"""How each agent's hooks speak, a module an agent."""
