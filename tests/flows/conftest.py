"""What the tests of flows share."""

from flows.engine_lab import lab

__all__ = ["lab"]
