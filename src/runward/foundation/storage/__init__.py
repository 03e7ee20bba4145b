"""Where Runward keeps what happened."""
