"""Judging the text that was read in a picture: normalising, lexicons, patterns."""
