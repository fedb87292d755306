"""The notebook front end in real notebooks and a real browser."""
