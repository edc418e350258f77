"""The detectors: each looks for a few labels in one picture."""
