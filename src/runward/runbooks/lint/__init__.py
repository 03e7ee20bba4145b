"""The rules a runbook is held against: one file for each group, found by being there."""
