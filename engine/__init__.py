"""The shop floor: the pure turn, the runtime around it, and every table."""
