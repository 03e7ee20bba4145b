"""Markdown people read, as procedures we can act on."""
