"""The terminal: arguments in, laid-out text or JSON out. Only this package imports typer and rich."""
