"""Every table with its repository, and the unit of work that alone commits."""
