"""Mouths and ears: one file a messenger, translating between its words and ours.  No database."""
