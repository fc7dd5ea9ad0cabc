"""Texts with variables: a bounded part of Jinja2, read and filled in by ourselves. Pure."""
