"""Shot vectors, the search index, filters and nearest rows."""
