"""What a plan is put together from: scripts, targets, bounds, gaps, previews."""
