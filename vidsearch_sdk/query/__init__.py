"""What a search can be asked."""
