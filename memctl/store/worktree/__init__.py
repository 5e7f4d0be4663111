"""The project's own git repository, asked without its configuration."""
