"""How well a search finds what it is asked for: metrics, and tables of them."""
