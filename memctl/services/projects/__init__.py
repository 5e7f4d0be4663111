"""Projects and their memory: which there are, and how memory follows a project that moves."""
