"""Films through video and shots into the store, isolated, one or many."""
