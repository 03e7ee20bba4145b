"""What we know of programs: which of their verbs and flags read, change or destroy."""
