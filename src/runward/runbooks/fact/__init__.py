"""What a document states as policy: one file for each sort of statement."""
