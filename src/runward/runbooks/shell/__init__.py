"""Shell text read into commands, seen through their wrappers."""
