"""The pages of the detection results."""
