"""The door of our own web chat: its visitors, its socket and its frames."""
