"""The command line: what an operator and a curious person type."""
