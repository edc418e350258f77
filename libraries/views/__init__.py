"""The pages below /libraries/."""
