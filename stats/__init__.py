"""Usage Statistics page."""
