"""What stands before every request: sizes, time, plain JSON, and the count of what passes."""
