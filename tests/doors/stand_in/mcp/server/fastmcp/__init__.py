"""Named as mcp 1.x names it."""

from mcp.server.fastmcp.server import FastMCP as FastMCP
