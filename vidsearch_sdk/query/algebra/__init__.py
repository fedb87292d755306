"""What a query can say: terms, operators, the written form and JSON."""
