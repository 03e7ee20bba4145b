"""A sample service with a runbook of its own, to see Runward at work without owning anything else."""
