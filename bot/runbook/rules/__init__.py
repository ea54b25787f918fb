"""What a lint looks for, one small function per rule; a new one is added to RULES in bot/runbook/lint.py."""
