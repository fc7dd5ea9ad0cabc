"""A shop's catalogue as a table: brought in, and taken out."""
