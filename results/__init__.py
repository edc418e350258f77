"""Detection Results page: runs the engine, stores what it said, shows it again."""
