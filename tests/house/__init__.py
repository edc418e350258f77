"""Tests of what surrounds the code: running it, its documents, its settings."""
