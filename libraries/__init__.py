"""Image Libraries and Keyword Libraries pages."""
