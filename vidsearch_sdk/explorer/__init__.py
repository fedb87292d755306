"""The search desk of a notebook and its state in Python: a query, filters, an answer, picks."""
