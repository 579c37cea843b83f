"""The values OneBrush speaks in: no I/O, no async, no framework."""
