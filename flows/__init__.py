"""The language of bots: links, events, effects, steps, flows and their rules.  Pure: no I/O, no clock."""
