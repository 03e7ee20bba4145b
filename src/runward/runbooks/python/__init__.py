"""Python text, read by its syntax tree."""
