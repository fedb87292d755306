"""The notebook front end: knows tiles and callbacks, nothing of search."""
