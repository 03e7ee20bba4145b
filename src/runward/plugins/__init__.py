"""How we look and act, one file each."""
