"""Where a step is executed and how it is reached, one file each."""
