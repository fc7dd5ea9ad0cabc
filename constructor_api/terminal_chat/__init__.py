"""A conversation with a flow in the terminal, without a database."""
