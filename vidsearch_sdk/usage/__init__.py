"""What a catalog remembers of how it is searched, where it was told to."""
