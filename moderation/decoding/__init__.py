"""Decoders: ordinary pictures here, everything else in a process of its own."""
