"""Runward makes runbooks run."""

__version__ = "0.1.0"
