"""A small film and a small encoder made for it."""
