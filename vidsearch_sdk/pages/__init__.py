"""What pages are made of: escaped HTML and drawings."""
