"""The use cases: one path from a request to stored pictures. Read generate.py first."""
