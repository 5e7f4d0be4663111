"""Everything that touches the file system: places, files, the one door to disk, history, cache."""
