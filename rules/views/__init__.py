"""The pages below /rules/."""
