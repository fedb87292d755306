"""The catalog at rest: film folders, markers and published generations."""
