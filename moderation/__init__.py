"""The moderation engine: plain Python and NumPy, without Django."""
