"""From which film a clip comes, and from where in it."""
