"""What Runward itself can do in a step: one file an action, found by being there."""
