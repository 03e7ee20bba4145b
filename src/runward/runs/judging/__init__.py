"""How one expectation is held against what was seen."""
