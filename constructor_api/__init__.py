"""The door: REST API, webhooks in, command line, and the composition root."""
