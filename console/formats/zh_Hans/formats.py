"""Simplified Chinese; Django's own formats leave out the thousands separator."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
