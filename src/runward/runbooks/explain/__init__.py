"""A document laid out beside what was understood of it."""
