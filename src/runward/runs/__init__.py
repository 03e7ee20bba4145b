"""A procedure, done step by step, approved, surviving crashes, with evidence."""
