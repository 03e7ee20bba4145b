"""Who we are and what each may do."""
