"""What a tool raises to be answered as an error."""


class ToolError(Exception):
    """Its text is the answer."""
