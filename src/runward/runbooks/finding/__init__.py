"""What is wrong with a runbook, and what is done with such a finding."""
