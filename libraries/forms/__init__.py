"""The forms of the pages below /libraries/."""
