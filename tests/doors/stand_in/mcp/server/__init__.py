"""See `mcp.server.fastmcp`."""
