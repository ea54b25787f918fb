"""A stage on which a runbook is played against its actions' rehearsals: no account, no network, no waiting."""
