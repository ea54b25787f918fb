"""The composition root: what is built, connected and started, for each way in which the bot is run."""
