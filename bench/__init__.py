"""`make bench`: what a picture costs the gateway in CPU and memory, beside nginx passing on the same bytes."""
