"""What a piece of code is, does, needs and would ask."""
