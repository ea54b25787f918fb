"""Whether a service could be recovered tomorrow: what was tried, what it showed, what it costs."""
