"""Stands in for the MCP SDK where that is not installed: as much of it as `memctl mcp` needs."""
