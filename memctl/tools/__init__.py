"""What a model calls: the memory tool and the MCP server."""
