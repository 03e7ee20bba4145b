"""What a good outcome is, and what can decide it."""
