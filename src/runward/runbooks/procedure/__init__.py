"""Which headings can be carried out, and in which steps."""
