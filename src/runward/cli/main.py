"""The command line: one short function a verb, each loading what it needs when it is called."""
